"""The development chain: an Ethereum of one process, for the demo and the tests. Its keys are public.

`python -m parley_demo.chain --port 0 --json` starts it. It needs the extra `demo`. See README.md.
"""
