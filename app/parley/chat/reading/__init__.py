"""What a person leaves behind in a conversation: how far they read, and what they began to write. Local for now."""
