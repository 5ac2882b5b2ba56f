// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface IRegistry {
    function resolver(bytes32 node) external view returns (address);
}

interface IExtendedResolver {
    function resolve(bytes calldata name, bytes calldata data) external view returns (bytes memory);
}

/// Finds the resolver of a name and asks it, in one call: the part of ENS's Universal Resolver that Parley uses.
/// It carries ENSIP-10 (a parent's resolver answers for names below it) and hands OffchainLookup (ERC-3668) on
/// unchanged: whether to follow it is the caller's choice. It has no state and no constructor arguments.
contract UniversalResolver {
    IRegistry public constant registry = IRegistry(0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e);

    error ResolverNotFound(bytes name);
    error ResolverNotContract(bytes name, address resolver);
    error UnsupportedResolverProfile(bytes4 selector);
    error ResolverError(bytes errorData);

    bytes4 private constant OFFCHAIN_LOOKUP = 0x556f1830;
    bytes4 private constant EXTENDED = 0x9061b923;

    function findResolver(bytes memory name) public view returns (address resolver, bytes32 node, uint256 offset) {
        return _find(name, 0);
    }

    function resolve(bytes calldata name, bytes calldata data)
        external
        view
        returns (bytes memory result, address resolver)
    {
        uint256 offset;
        (resolver,, offset) = findResolver(name);
        if (resolver == address(0)) revert ResolverNotFound(name);
        if (resolver.code.length == 0) revert ResolverNotContract(name, resolver);
        bool extended = _supportsExtended(resolver);
        // A resolver found at a parent answers for the name only if it is an extended one.
        if (offset > 0 && !extended) revert ResolverNotFound(name);
        (bool ok, bytes memory answer) = resolver.staticcall(
            extended ? abi.encodeCall(IExtendedResolver.resolve, (name, data)) : data
        );
        if (!ok) {
            if (answer.length >= 4 && bytes4(answer) == OFFCHAIN_LOOKUP) {
                assembly { revert(add(answer, 32), mload(answer)) }
            }
            revert ResolverError(answer);
        }
        if (answer.length == 0) revert UnsupportedResolverProfile(bytes4(data));
        result = extended ? abi.decode(answer, (bytes)) : answer;
    }

    function _find(bytes memory name, uint256 offset)
        private
        view
        returns (address resolver, bytes32 node, uint256 found)
    {
        uint256 length = uint8(name[offset]);
        if (length == 0) return (address(0), bytes32(0), offset);
        bytes32 label;
        uint256 next = offset + 1 + length;
        require(next < name.length, "malformed name");
        assembly { label := keccak256(add(add(name, 33), offset), length) }
        bytes32 parent;
        (resolver, parent, found) = _find(name, next);
        node = keccak256(abi.encodePacked(parent, label));
        address own = registry.resolver(node);
        if (own != address(0)) return (own, node, offset);
    }

    function _supportsExtended(address resolver) private view returns (bool) {
        (bool ok, bytes memory answer) =
            resolver.staticcall{gas: 30000}(abi.encodeWithSignature("supportsInterface(bytes4)", EXTENDED));
        return ok && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }
}
