"""Paying, for one opened profile: previews with their warnings, payments, and following them on the chain.

Not yet a part of an opened profile: nothing stores payments, and no page offers them.
"""
