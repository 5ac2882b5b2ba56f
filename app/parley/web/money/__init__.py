"""The pages about money: requests in conversations, sending, payments, balances, and who pays."""
