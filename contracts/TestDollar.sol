// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token to try payments with, on the development chain alone: worth nothing, with the 6 decimals of what people
/// call a dollar elsewhere, so that nobody can take 18 for granted. All of it begins with whoever deploys it.
contract TestDollar is ERC20 {
    constructor() ERC20("Test Dollar", "tUSD") {
        _mint(msg.sender, 1_000_000_000 * 10 ** decimals());
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
