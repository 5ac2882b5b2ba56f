"""Direct conversations: two accounts, one SDS channel, a session per device."""
