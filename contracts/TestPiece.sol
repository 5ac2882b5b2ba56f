// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// A collection for the tests alone: whoever asks makes a piece of it, for anybody.
contract TestPiece is ERC721 {
    constructor() ERC721("Test Piece", "PIECE") {}

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }
}
