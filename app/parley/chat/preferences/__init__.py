"""What a person set in Settings: the Ethereum network and its nodes, and when Parley locks itself."""
