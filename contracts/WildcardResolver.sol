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

/// Sends every question to a gateway (ERC-3668). Who follows it tells the gateway who asks for what.
contract OffchainResolver {
    string private gateway;

    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callback, bytes extraData);

    constructor(string memory gateway_) {
        gateway = gateway_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x9061b923 || id == 0x01ffc9a7;
    }

    function resolve(bytes calldata, bytes calldata data) external view returns (bytes memory) {
        string[] memory urls = new string[](1);
        urls[0] = gateway;
        revert OffchainLookup(address(this), urls, data, this.answered.selector, data);
    }

    function answered(bytes calldata response, bytes calldata) external pure returns (bytes memory) {
        return response;
    }
}
