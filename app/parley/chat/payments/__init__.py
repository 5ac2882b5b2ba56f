"""Money in a conversation: transaction requests, payments, and what is known of tokens and addresses."""
