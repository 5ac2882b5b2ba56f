"""Money keys at rest and signing with them: one small place to audit."""
