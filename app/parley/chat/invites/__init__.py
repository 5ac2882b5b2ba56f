"""Invites: a link or QR code by which somebody reaches and adds whoever made it."""
