// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface IERC1271 {
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}

/// Judges a contract account's signature (ERC-1271, and ERC-6492 for one not deployed yet) without being
/// deployed: it is run by eth_call as a contract creation, and what the constructor returns is the verdict,
/// one word, 1 or 0. It is no key check: the caller has tried ecrecover before.
contract SignatureValidator {
    bytes32 private constant ERC6492_SUFFIX = 0x6492649264926492649264926492649264926492649264926492649264926492;

    constructor(address account, bytes32 digest, bytes memory signature) {
        uint256 verdict = _judge(account, digest, signature) ? 1 : 0;
        assembly {
            mstore(0, verdict)
            return(0, 32)
        }
    }

    function _judge(address account, bytes32 digest, bytes memory signature) private returns (bool) {
        bytes32 suffix;
        if (signature.length >= 32) {
            assembly { suffix := mload(add(signature, mload(signature))) }
        }
        if (suffix != ERC6492_SUFFIX) return _accepts(account, digest, signature);
        assembly { mstore(signature, sub(mload(signature), 32)) }
        (address factory, bytes memory prepare, bytes memory inner) =
            abi.decode(signature, (address, bytes, bytes));
        // ERC-6492: a deployed account is asked first, and the factory only where that fails or there is none.
        if (account.code.length > 0 && _accepts(account, digest, inner)) return true;
        bool prepared;
        assembly { prepared := call(gas(), factory, 0, add(prepare, 32), mload(prepare), 0, 0) }
        return prepared && _accepts(account, digest, inner);
    }

    function _accepts(address account, bytes32 digest, bytes memory signature) private view returns (bool) {
        if (account.code.length == 0) return false;
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bool ok;
        bytes32 answer;
        // One word is taken of whatever comes back: copying a long answer could use up the gas for the verdict.
        assembly {
            ok := staticcall(gas(), account, add(question, 32), mload(question), 0, 32)
            if lt(returndatasize(), 32) { ok := 0 }
            answer := mload(0)
        }
        return ok && answer == bytes32(IERC1271.isValidSignature.selector);
    }
}
