"""What a person set in Settings: the Ethereum network and its nodes, who is asked for names, when Parley locks."""
