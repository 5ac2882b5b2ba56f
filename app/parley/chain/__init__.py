"""Reading Ethereum."""
