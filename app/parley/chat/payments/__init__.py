"""Money in a conversation: transaction requests, payments, and what is kept of tokens and addresses."""
