// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A contract account of one owner (ERC-1271) that makes several calls in one transaction, for the development chain
/// and the tests. An account of one key may delegate to it (EIP-7702) and then calls itself. No value belongs in it.
contract SmartWallet {
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    address public owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function setOwner(address next) external {
        require(msg.sender == owner, "owner only");
        owner = next;
    }

    receive() external payable {}

    /// All of the calls, in their order, or none: a failing one takes the others back, with its own reason.
    function executeBatch(Call[] calldata calls) external {
        // An account that delegates here has no owner in its storage, and is its own.
        require(msg.sender == owner || msg.sender == address(this), "owner only");
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory answer) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            if (!ok) {
                assembly { revert(add(answer, 32), mload(answer)) }
            }
        }
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        address signer =
            ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
        return signer != address(0) && signer == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// Deploys a SmartWallet where CREATE2 says it will be, so that it can sign before it exists (ERC-6492).
contract SmartWalletFactory {
    function create(address owner, bytes32 salt) external returns (address) {
        return address(new SmartWallet{salt: salt}(owner));
    }

    function addressOf(address owner, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(SmartWallet).creationCode, abi.encode(owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }
}

/// What an EIP-7702 account may delegate to: it accepts what its session key signed. The key is an immutable of
/// the delegate, since a delegating account has no constructor.
contract SessionKeyDelegate {
    address public immutable sessionKey;

    constructor(address sessionKey_) {
        sessionKey = sessionKey_;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        address signer =
            ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
        return signer != address(0) && signer == sessionKey ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// Answers isValidSignature badly, in the way it was told to.
contract HostileWallet {
    uint256 private immutable trick;

    constructor(uint256 trick_) {
        trick = trick_;
    }

    fallback() external {
        if (trick == 0) revert();
        if (trick == 1) {
            assembly { invalid() }
        }
        if (trick == 2) {
            assembly {
                mstore(0, 1) // "true" where a magic value belongs.
                return(0, 32)
            }
        }
        if (trick == 3) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4) // The magic value, but less than a word.
            }
        }
        if (trick == 4) {
            assembly { return(0, 1400000) } // Much of nothing.
        }
        if (trick == 5) {
            assembly {
                mstore(0, or(shl(224, 0x1626ba7e), 1)) // The magic value with something behind it.
                return(0, 32)
            }
        }
        assembly {
            // All the gas there is, in few and costly steps, so that a slow interpreter is done with it in time too.
            for { let at := 0 } 1 {} { at := add(at, or(1, sload(at))) }
        }
    }
}
