// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Answers for every name below the one it is set for (ENSIP-10): one address, and "wildcard" as every text.
contract WildcardResolver {
    address private immutable answer;

    constructor(address answer_) {
        answer = answer_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x9061b923 || id == 0x01ffc9a7;
    }

    function resolve(bytes calldata, bytes calldata data) external view returns (bytes memory) {
        if (bytes4(data) == 0x3b3b57de) return abi.encode(answer);
        if (bytes4(data) == 0x59d1d43c) return abi.encode("wildcard");
        revert("unsupported");
    }
}

/// Sends every question to gateways (ERC-3668), again and again as often as it is told. Who follows it tells the gateways
/// who asks for what. It takes an answer that begins with a word of its own, and asks for the rest.
contract OffchainResolver {
    string[] private gateways;
    uint256 private immutable rounds;

    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callback, bytes extraData);

    constructor(string[] memory gateways_, uint256 rounds_) {
        gateways = gateways_;
        rounds = rounds_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x9061b923 || id == 0x01ffc9a7;
    }

    function resolve(bytes calldata, bytes calldata data) external view returns (bytes memory) {
        _ask(data, 1);
    }

    function answered(bytes calldata response, bytes calldata extraData) external view returns (bytes memory) {
        (bytes memory data, uint256 round) = abi.decode(extraData, (bytes, uint256));
        require(bytes32(response) == keccak256(abi.encodePacked(address(this), data)), "not signed");
        if (round < rounds) _ask(data, round + 1);
        return response[32:];
    }

    function _ask(bytes memory data, uint256 round) private view {
        revert OffchainLookup(address(this), gateways, data, this.answered.selector, abi.encode(data, round));
    }
}
