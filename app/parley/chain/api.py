"""The public surface of the chain room."""

from parley.chain.account import checksummed
from parley.chain.errors import (
    ChainError,
    EndpointsUnreachableError,
    InvalidNameError,
    NamesUnsupportedError,
    NoEndpointError,
    OffchainNameError,
    SignInError,
    WrongChainError,
)
from parley.chain.lookalike import skeleton
from parley.chain.memory import MemoryChain
from parley.chain.names import normalised as normalised_name
from parley.chain.port import (
    Balance,
    Block,
    BlockTag,
    Chain,
    ContractVerdict,
    EndpointHealth,
    EndpointState,
)
from parley.chain.rpc import EthereumChain
from parley.chain.signatures import (
    SignedBy,
    Verification,
    recover_digest_signer,
    recover_typed_data_signer,
    text_digest,
    typed_data_digest,
    verify_signature,
)
from parley.chain.siwe import SignInMessage, build_sign_in, parse_sign_in, verify_sign_in

__all__ = [
    "Balance",
    "Block",
    "BlockTag",
    "Chain",
    "ChainError",
    "ContractVerdict",
    "EndpointHealth",
    "EndpointState",
    "EndpointsUnreachableError",
    "EthereumChain",
    "InvalidNameError",
    "MemoryChain",
    "NamesUnsupportedError",
    "NoEndpointError",
    "OffchainNameError",
    "SignInError",
    "SignInMessage",
    "SignedBy",
    "Verification",
    "WrongChainError",
    "build_sign_in",
    "checksummed",
    "normalised_name",
    "parse_sign_in",
    "recover_digest_signer",
    "recover_typed_data_signer",
    "skeleton",
    "text_digest",
    "typed_data_digest",
    "verify_sign_in",
    "verify_signature",
]
