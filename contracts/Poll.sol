// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// One question with a few answers, and one vote for each account: something to call from a conversation, on the
/// development chain. It counts accounts and not people, and anybody sees who chose what.
contract Poll {
    string public question;
    string[] private _choices;
    mapping(uint256 choice => uint256) public votes;
    mapping(address voter => bool) public hasVoted;

    event Voted(address indexed voter, uint256 choice);

    constructor(string memory question_, string[] memory choices_) {
        question = question_;
        _choices = choices_;
    }

    function choices() external view returns (string[] memory) {
        return _choices;
    }

    function vote(uint256 choice) external {
        require(choice < _choices.length, "no such choice");
        require(!hasVoted[msg.sender], "already voted");
        hasVoted[msg.sender] = true;
        ++votes[choice];
        emit Voted(msg.sender, choice);
    }
}
