"""End-to-end reliability of one conversation: Scalable Data Sync in Parley's profile. See README.md."""
