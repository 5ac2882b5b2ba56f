"""Money in a conversation: transaction requests and payments, as far as paying needs to know them."""
