// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface IRegistry {
    function resolver(bytes32 node) external view returns (address);
}

interface IExtendedResolver {
    function resolve(bytes calldata name, bytes calldata data) external view returns (bytes memory);
}

/// Of a batch gateway (ENSIP-21): what is looked up, each for the contract that wants it.
struct Request {
    address sender;
    string[] urls;
    bytes data;
}

interface IBatchGateway {
    function query(Request[] calldata requests)
        external
        view
        returns (bool[] memory failures, bytes[] memory responses);
}

/// Finds the resolver of a name and asks it, in one call: the part of ENS's Universal Resolver that Parley uses.
/// It carries ENSIP-10 (a parent's resolver answers for names below it) and hands OffchainLookup (ERC-3668) on as its
/// own, through gateways for batches where the caller names some: whether to follow it is the caller's choice. It has
/// no state and no constructor arguments.
contract UniversalResolver {
    IRegistry public constant registry = IRegistry(0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e);

    error ResolverNotFound(bytes name);
    error ResolverNotContract(bytes name, address resolver);
    error UnsupportedResolverProfile(bytes4 selector);
    error ResolverError(bytes errorData);
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callback, bytes extraData);

    bytes4 private constant EXTENDED = 0x9061b923;

    /// What is remembered while somebody asks gateways.
    struct Waiting {
        address resolver;
        bool extended;
        bytes4 profile;
        bytes4 callback;
        bytes extraData;
        string[] gateways;
    }

    function findResolver(bytes memory name) public view returns (address resolver, bytes32 node, uint256 offset) {
        return _find(name, 0);
    }

    function resolve(bytes calldata name, bytes calldata data)
        external
        view
        returns (bytes memory result, address resolver)
    {
        return _resolve(name, data, new string[](0));
    }

    /// As `resolve`; what is to be looked up outside goes through these gateways, as a batch of one.
    function resolveWithGateways(bytes calldata name, bytes calldata data, string[] calldata gateways)
        external
        view
        returns (bytes memory result, address resolver)
    {
        return _resolve(name, data, gateways);
    }

    /// Takes what a gateway answered.
    function answered(bytes calldata response, bytes calldata extraData)
        external
        view
        returns (bytes memory result, address resolver)
    {
        Waiting memory waiting = abi.decode(extraData, (Waiting));
        bytes memory one = response;
        if (waiting.gateways.length > 0) {
            (bool[] memory failures, bytes[] memory responses) = abi.decode(response, (bool[], bytes[]));
            if (failures[0]) revert ResolverError(responses[0]);
            one = responses[0];
        }
        bytes memory call = abi.encodeWithSelector(waiting.callback, one, waiting.extraData);
        return (_ask(waiting, call), waiting.resolver);
    }

    function _resolve(bytes calldata name, bytes calldata data, string[] memory gateways)
        private
        view
        returns (bytes memory result, address)
    {
        Waiting memory waiting;
        uint256 offset;
        (waiting.resolver,, offset) = findResolver(name);
        if (waiting.resolver == address(0)) revert ResolverNotFound(name);
        if (waiting.resolver.code.length == 0) revert ResolverNotContract(name, waiting.resolver);
        waiting.extended = _supportsExtended(waiting.resolver);
        // A resolver found at a parent answers for the name only if it is an extended one.
        if (offset > 0 && !waiting.extended) revert ResolverNotFound(name);
        waiting.profile = bytes4(data);
        waiting.gateways = gateways;
        result = _ask(waiting, waiting.extended ? abi.encodeCall(IExtendedResolver.resolve, (name, data)) : data);
        return (result, waiting.resolver);
    }

    function _ask(Waiting memory waiting, bytes memory call) private view returns (bytes memory) {
        (bool ok, bytes memory answer) = waiting.resolver.staticcall(call);
        if (!ok) {
            if (answer.length >= 4 && bytes4(answer) == OffchainLookup.selector) _handOn(waiting, answer);
            revert ResolverError(answer);
        }
        if (answer.length == 0) revert UnsupportedResolverProfile(waiting.profile);
        return waiting.extended ? abi.decode(answer, (bytes)) : answer;
    }

    /// Asks for what a resolver wants looked up, if it wants it itself.
    function _handOn(Waiting memory waiting, bytes memory reason) private view {
        bytes memory fields = new bytes(reason.length - 4);
        assembly { mcopy(add(fields, 32), add(reason, 36), mload(fields)) }
        (address sender, string[] memory urls, bytes memory data, bytes4 callback, bytes memory extraData) =
            abi.decode(fields, (address, string[], bytes, bytes4, bytes));
        if (sender != waiting.resolver) return;
        (waiting.callback, waiting.extraData) = (callback, extraData);
        if (waiting.gateways.length > 0) {
            Request[] memory requests = new Request[](1);
            requests[0] = Request(sender, urls, data);
            (urls, data) = (waiting.gateways, abi.encodeCall(IBatchGateway.query, (requests)));
        }
        revert OffchainLookup(address(this), urls, data, this.answered.selector, abi.encode(waiting));
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
