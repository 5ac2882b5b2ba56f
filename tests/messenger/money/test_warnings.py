"""Each warning where there is something to warn of, and none where there is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode

from parley.chain.api import (
    Allowance,
    Block,
    Call,
    CallKind,
    SimulatedBy,
    Simulation,
    TokenFacts,
    checksummed,
    encode_call,
    encode_transfer,
    listed_tokens,
    parse_function,
)
from parley.chat.payments.model import RequestedCall
from parley.messenger.money.decoding import known_assets, show_calls
from parley.messenger.money.model import ShownCall, Warned, WarningKind
from parley.messenger.money.said import disagreement
from parley.messenger.money.warnings import (
    TYPED_APPROVAL,
    TYPED_LOOK_ALIKE,
    Facts,
    called,
    recipients,
    typed_word,
    warnings,
)

CHAIN = 31337
PAYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
CAROL = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
LIKE_BOB = "0x7099000000000000000000000000000000000000"[:-4] + "79C8"
POLL = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
FAKE = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
(DOLLAR,) = listed_tokens(CHAIN)
ETHER = 10**18
BLOCK = Block(7, bytes(32), 1_790_000_000_000)
WORKS = Simulation(SimulatedBy.SIMULATE_V1, True, None, None, 21_000, (), (), BLOCK)
FAKE_DOLLAR = TokenFacts(FAKE, "Test Dollar", "tUSD", 6)


def shown(*calls: Call, tokens: Sequence[TokenFacts] = ()) -> tuple[ShownCall, ...]:
    """Calls as they would be shown."""
    return show_calls(
        [RequestedCall(each.to, each.value, each.data) for each in calls], known_assets(CHAIN, tokens)
    )


def function(to: str, signature: str, *arguments: str, value: int = 0) -> Call:
    """A call of a contract."""
    return replace(encode_call(to, parse_function(signature), arguments), value=value)


def facts(*calls: Call, tokens: Sequence[TokenFacts] = (), **known: Any) -> Facts:
    """Bob is a contact and was paid before; everything works."""
    usual: dict[str, Any] = {"known": {BOB: "Bob"}, "paid": {BOB}, "empty": set(), "simulation": WORKS}
    return Facts(CHAIN, CHAIN, PAYER, shown(*calls, tokens=tokens), **{**usual, **known})


def found(of: Facts, kind: WarningKind) -> list[Warned]:
    """The warnings of a kind."""
    return [each for each in warnings(of) if each.kind is kind]


PLAIN = encode_transfer(None, BOB, ETHER // 2)
DOLLARS = encode_transfer(DOLLAR.address, BOB, 25_000_000)


@pytest.mark.parametrize("call", [PLAIN, DOLLARS], ids=["coin", "token"])
def test_an_ordinary_payment_warns_of_nothing(call: Call) -> None:
    """To somebody paid before, as usual, on the chain that is read."""
    assert warnings(facts(call)) == ()


def test_an_address_that_looks_like_a_contacts() -> None:
    """Alike at both ends; it says whose, and has to be typed."""
    (warned,) = found(facts(encode_transfer(None, LIKE_BOB, 1)), WarningKind.LOOK_ALIKE)
    assert (warned.facts["known"], warned.facts["name"], warned.typed) == (BOB, "Bob", True)
    assert found(facts(encode_transfer(DOLLAR.address, LIKE_BOB, 1)), WarningKind.LOOK_ALIKE)
    approval = function(DOLLAR.address, "approve(address,uint256)", LIKE_BOB, "5")
    assert found(facts(approval), WarningKind.LOOK_ALIKE)


def test_an_address_that_looks_like_one_paid_before() -> None:
    """As somebody who poisons a history has it, who never was a contact."""
    of = facts(encode_transfer(None, LIKE_BOB, 1), known={}, paid={BOB})
    assert found(of, WarningKind.LOOK_ALIKE)


@pytest.mark.parametrize("to", [BOB, CAROL, BOB[:-1] + "9"])
def test_an_address_that_looks_like_nobodys(to: str) -> None:
    """The known one itself, a stranger's, and one that is alike at one end only."""
    of = facts(encode_transfer(None, checksummed(to.lower()), 1))
    assert not found(of, WarningKind.LOOK_ALIKE)


def test_a_known_address_is_not_taken_for_another() -> None:
    """Also where two known ones look alike."""
    like_bob = encode_transfer(None, LIKE_BOB, 1)
    paid = {like_bob.to or "", BOB}
    assert not found(facts(like_bob, paid=paid), WarningKind.LOOK_ALIKE)


def test_another_chain_than_the_one_that_is_read() -> None:
    """A card can name any; the same chain is not worth a word."""
    (warned,) = found(replace(facts(PLAIN), read_chain_id=1), WarningKind.WRONG_CHAIN)
    assert warned.facts == {"chain_id": CHAIN, "expected": 1}
    assert not found(facts(PLAIN), WarningKind.WRONG_CHAIN)


def test_the_first_payment_to_an_address() -> None:
    """A contact may never have been paid, and is named."""
    (warned,) = found(facts(PLAIN, paid=()), WarningKind.FIRST_PAYMENT)
    assert warned.facts == {"address": BOB, "name": "Bob"}
    assert found(facts(encode_transfer(DOLLAR.address, CAROL, 1)), WarningKind.FIRST_PAYMENT)
    assert not found(facts(PLAIN), WarningKind.FIRST_PAYMENT)
    assert not found(facts(encode_transfer(None, PAYER, 1)), WarningKind.FIRST_PAYMENT)


def test_a_call_of_an_address_without_a_contract() -> None:
    """It would do nothing, and look as if it had worked. A payment needs no contract."""
    vote = function(POLL, "vote(uint256)", "1")
    assert found(facts(vote, empty={POLL}), WarningKind.NO_CODE)
    assert found(facts(DOLLARS, empty={DOLLAR.address}), WarningKind.NO_CODE)
    assert not found(facts(vote), WarningKind.NO_CODE)
    assert not found(facts(vote, empty=None), WarningKind.NO_CODE)
    assert not found(facts(PLAIN, empty={BOB}), WarningKind.NO_CODE)


@pytest.mark.parametrize("amount", [2**256 - 1, 2**255, 2**160 - 1, 2**96 - 1])
def test_an_approval_without_limit(amount: int) -> None:
    """Whatever it is spelled as. It has to be typed, and is no approval of an amount."""
    of = facts(function(DOLLAR.address, "approve(address,uint256)", CAROL, str(amount)))
    (warned,) = found(of, WarningKind.UNLIMITED_APPROVAL)
    assert (warned.facts["address"], warned.typed) == (CAROL, True)
    assert not found(of, WarningKind.APPROVAL)


def test_an_approval_of_an_amount() -> None:
    """Taking one back gives nobody anything."""
    of = facts(function(DOLLAR.address, "approve(address,uint256)", CAROL, "25000000"))
    (warned,) = found(of, WarningKind.APPROVAL)
    assert (warned.facts["amount"], warned.facts["address"], warned.typed) == (25_000_000, CAROL, True)
    assert not found(of, WarningKind.UNLIMITED_APPROVAL)
    assert found(
        facts(function(DOLLAR.address, "increaseAllowance(address,uint256)", CAROL, "1")),
        WarningKind.APPROVAL,
    )
    for less in ("approve(address,uint256)", "increaseAllowance(address,uint256)"):
        assert not found(facts(function(DOLLAR.address, less, CAROL, "0")), WarningKind.APPROVAL)


def test_the_say_over_a_whole_collection() -> None:
    """Given, not taken back."""
    give, take = (
        function(FAKE, "setApprovalForAll(address,bool)", CAROL, answer) for answer in ("true", "false")
    )
    (warned,) = found(facts(give), WarningKind.APPROVAL_FOR_ALL)
    assert (warned.facts["address"], warned.typed) == (CAROL, True)
    assert not found(facts(take), WarningKind.APPROVAL_FOR_ALL)
    assert typed_word(warnings(facts(take))) is None


def test_a_permit() -> None:
    """Somebody's signed approval, of something; one of nothing gives nothing."""
    signature = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"
    rest = ("99", "27", "0x" + "11" * 32, "0x" + "22" * 32)
    (warned,) = found(
        facts(function(DOLLAR.address, signature, PAYER, CAROL, "5", *rest)), WarningKind.PERMIT
    )
    assert (warned.facts["amount"], warned.facts["owner"], warned.typed) == (5, PAYER, True)
    assert not found(facts(function(DOLLAR.address, signature, PAYER, CAROL, "0", *rest)), WarningKind.PERMIT)


def test_an_approval_inside_a_multicall() -> None:
    """It is the caller's own."""
    inner = function(POLL, "approve(address,uint256)", CAROL, str(2**256 - 1)).data
    of = facts(Call(POLL, 0, bytes.fromhex("ac9650d8") + encode(["bytes[]"], [[inner]])))
    assert found(of, WarningKind.UNLIMITED_APPROVAL)


def test_an_approval_that_only_the_simulation_shows() -> None:
    """An unknown function that gives everything away, or an amount. Somebody else's is theirs."""
    unknown = Call(POLL, 0, bytes.fromhex("deadbeef"))
    for amount in (None, 2**256 - 1):
        seen = replace(WORKS, allowances=(Allowance(DOLLAR.address, PAYER, CAROL, amount),))
        (warned,) = found(facts(unknown, simulation=seen), WarningKind.UNLIMITED_APPROVAL)
        assert (warned.facts["hidden"], warned.typed) == (True, True)
    some = replace(WORKS, allowances=(Allowance(DOLLAR.address, PAYER, CAROL, 5),))
    assert found(facts(unknown, simulation=some), WarningKind.APPROVAL)
    for owner, amount in ((CAROL, 5), (PAYER, 0)):
        other = replace(WORKS, allowances=(Allowance(DOLLAR.address, owner, CAROL, amount),))
        assert not found(facts(unknown, simulation=other), WarningKind.APPROVAL)


def test_an_approval_is_warned_of_once() -> None:
    """The simulation sees what the call shows."""
    seen = replace(WORKS, allowances=(Allowance(DOLLAR.address, PAYER, CAROL, 5),))
    of = facts(function(DOLLAR.address, "approve(address,uint256)", CAROL, "5"), simulation=seen)
    assert len(found(of, WarningKind.APPROVAL)) == 1


def test_an_unknown_function() -> None:
    """And known ones, which are not."""
    (warned,) = found(facts(Call(POLL, 0, bytes.fromhex("deadbeef00"))), WarningKind.UNKNOWN_FUNCTION)
    assert warned.facts == {"address": POLL, "function": "0xdeadbeef"}
    # Two arguments where there is one: whatever it is called, nobody can say what it does.
    vote = function(POLL, "vote(uint256)", "1")
    assert found(facts(replace(vote, data=vote.data + bytes(32))), WarningKind.UNKNOWN_FUNCTION)
    for known in (vote, PLAIN, DOLLARS):
        assert not found(facts(known), WarningKind.UNKNOWN_FUNCTION)


def test_far_more_than_usual() -> None:
    """Of this asset, once there is a usual."""
    usual = {None: [ETHER, ETHER, 2 * ETHER]}
    much, some = encode_transfer(None, BOB, 11 * ETHER), encode_transfer(None, BOB, 10 * ETHER)
    (warned,) = found(facts(much, amounts=usual), WarningKind.UNUSUAL_VALUE)
    assert (warned.facts["amount"], warned.facts["usual"]) == (11 * ETHER, ETHER)
    assert not found(facts(some, amounts=usual), WarningKind.UNUSUAL_VALUE)
    assert not found(facts(much, amounts={None: [ETHER, ETHER]}), WarningKind.UNUSUAL_VALUE)
    assert not found(facts(much, amounts={DOLLAR.address: [1, 1, 1]}), WarningKind.UNUSUAL_VALUE)
    assert found(facts(DOLLARS, amounts={DOLLAR.address: [1, 1, 1]}), WarningKind.UNUSUAL_VALUE)


@pytest.mark.parametrize(
    "note",
    [
        "0.5 ETH for the pizza",
        "25 USDC",
        "2500 tUSD",
        "$26",
        "2.5 dollars",
        f"send it to {CAROL}",
        "30€ or 26 USD",
    ],
)
def test_a_text_that_says_something_else(note: str) -> None:
    """Than 25 test dollars to Bob."""
    assert found(facts(DOLLARS, note=note), WarningKind.TEXT_DISAGREES)


@pytest.mark.parametrize(
    "note",
    [
        *(
            "",
            "for the pizza",
            "25 tUSD for 3 pizzas",
            "25.00 tusd",
            "$25",
            "25 dollars",
            f"to {BOB.lower()}",
        ),
        *("Table 12, 2 people", "the 25th", "0x1234", "invoice 2026-11", "25,00 tUSD"),
    ],
)
def test_a_text_that_says_the_same_or_nothing(note: str) -> None:
    """Numbers that are of no money are nobody's business."""
    assert not found(facts(DOLLARS, note=note), WarningKind.TEXT_DISAGREES)


def test_a_text_is_held_against_all_calls_together() -> None:
    """Two halves are a whole; a token that only calls itself so is another."""
    half = encode_transfer(DOLLAR.address, BOB, 12_500_000)
    assert disagreement("25 tUSD", shown(half, half)) is None
    assert disagreement("12.5 tUSD", shown(half, half)) is None
    assert disagreement("1.25 tUSD", shown(half)) is not None
    fake = encode_transfer(FAKE, BOB, 25_000_000)
    assert disagreement("25 tUSD", shown(fake, tokens=[FAKE_DOLLAR])) is not None
    assert disagreement("1,000 tUSD", shown(encode_transfer(DOLLAR.address, BOB, 1_000_000_000))) is None
    assert disagreement("1,000 tUSD", shown(encode_transfer(DOLLAR.address, BOB, 1_000_000))) is None
    assert disagreement("5 gwei", shown(encode_transfer(None, BOB, 5 * 10**9))) is None


def test_a_call_that_would_fail() -> None:
    """With the reason; one that would not says nothing."""
    fails = replace(WORKS, succeeds=False, reason="ERC20: not enough", failing=0)
    (warned,) = found(facts(DOLLARS, simulation=fails), WarningKind.WOULD_FAIL)
    assert (warned.call_index, warned.facts) == (0, {"reason": "ERC20: not enough"})
    assert not found(facts(DOLLARS), WarningKind.WOULD_FAIL)


def test_what_could_not_be_simulated() -> None:
    """Nobody was there, or the node cannot show what a function moves; a plain payment shows it by itself."""
    by_call = replace(WORKS, by=SimulatedBy.CALL)
    vote = function(POLL, "vote(uint256)", "1")
    (nobody,) = found(facts(PLAIN, simulation=None), WarningKind.NOT_SIMULATED)
    (half,) = found(facts(vote, simulation=by_call), WarningKind.NOT_SIMULATED)
    assert (nobody.facts["asked"], half.facts["asked"]) == (False, True)
    for call, simulation in ((PLAIN, by_call), (DOLLARS, by_call), (vote, WORKS)):
        assert not found(facts(call, simulation=simulation), WarningKind.NOT_SIMULATED)
    assert not found(facts(vote, simulation=None, simulated=False), WarningKind.NOT_SIMULATED)


def test_tokens_to_the_token_itself() -> None:
    """Where they would be lost; to a person they are not."""
    assert found(facts(encode_transfer(DOLLAR.address, DOLLAR.address, 1)), WarningKind.TO_TOKEN)
    assert not found(facts(DOLLARS), WarningKind.TO_TOKEN)
    # Ether to a token's contract is how some are bought.
    assert not found(facts(encode_transfer(None, DOLLAR.address, 1)), WarningKind.TO_TOKEN)


def test_a_token_that_is_not_listed() -> None:
    """It calls itself what it likes, the name of a listed one included."""
    call = encode_transfer(FAKE, BOB, 25_000_000)
    (warned,) = found(facts(call, tokens=[FAKE_DOLLAR]), WarningKind.UNLISTED_TOKEN)
    assert warned.facts["imitates"] == "tUSD"
    (nobody,) = found(facts(call), WarningKind.UNLISTED_TOKEN)
    assert nobody.facts["imitates"] is None
    assert not found(facts(DOLLARS, PLAIN), WarningKind.UNLISTED_TOKEN)


def test_a_contract_that_is_created() -> None:
    """Code of somebody's, and no address to look at."""
    assert found(facts(Call(None, 0, b"\x60\x00")), WarningKind.CREATES_CONTRACT)
    assert not found(facts(PLAIN), WarningKind.CREATES_CONTRACT)


def test_what_is_typed() -> None:
    """Only where a person could lose what they do not see leave."""
    approval = function(DOLLAR.address, "approve(address,uint256)", CAROL, "5")
    alike = encode_transfer(None, LIKE_BOB, 1)
    assert typed_word(warnings(facts(PLAIN, paid=()))) is None
    assert typed_word(warnings(facts(alike))) == TYPED_LOOK_ALIKE
    assert typed_word(warnings(facts(approval, alike))) == TYPED_APPROVAL
    assert warnings(facts(PLAIN, approval, paid=()))[0].typed


def test_whom_calls_concern() -> None:
    """Who receives, who may spend, and who is called with a value; what is run is what has data."""
    calls = shown(PLAIN, DOLLARS, function(POLL, "vote(uint256)", "1", value=5), Call(None, 0, b"\x01"))
    assert recipients(calls) == {BOB, POLL}
    assert called(calls) == {DOLLAR.address, POLL}
    assert [each.kind for each in calls] == [
        CallKind.COIN,
        CallKind.TOKEN_TRANSFER,
        CallKind.FUNCTION,
        CallKind.CREATE,
    ]
