"""The own profile: account, device and contact record."""
