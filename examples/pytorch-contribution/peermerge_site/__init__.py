"""Writes contributions of a peermerge consortium from Python, as docs/formats.md says; shares no code with peermerge itself."""
