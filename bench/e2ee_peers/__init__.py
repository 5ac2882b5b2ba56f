"""Our encryption beside vodozemac's Olm and libsignal, in one run on one machine."""
