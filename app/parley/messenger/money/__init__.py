"""Money for one opened profile: what accounts hold, previews, payments, and transaction requests in conversations."""
