"""Money for one opened profile: `Money` previews, pays, asks, and follows what is paid on its chains.

- money.py puts it together; moving.py, wishing.py and booking.py are the parts of `Money`.
- Before a payment: composing.py, decoding.py, warnings.py, said.py, fees.py, recipients.py, previews.py.
- Making it: paying.py, wallet_requests.py, replacing.py; telling.py tells the other side.
- Following it: rounds.py asks chains again and again, watching.py and following.py own payments, claims.py and
  claiming.py what others say they paid, expiring.py requests.
- Asking for one: requesting.py, wallet_signed.py. Both as cards: cards.py.
- What is kept besides: book.py with accounts, holdings, tokens, addresses and history.
"""
