"""What every `MoneyChain` does, the one in memory and the one over JSON-RPC alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from conformance.money_worlds import (
    DOLLAR,
    GWEI,
    AnvilMoneyWorld,
    EmbeddedMoneyWorld,
    MemoryMoneyWorld,
    MoneyWorld,
    WaitingWorld,
    served_world,
    signed,
)
from harness.anvil import AnvilWorld
from harness.contract_accounts import batch_data
from harness.embedded_world import DEPLOYER, ETHER, EmbeddedWorld
from parley.chain.api import (
    Allowance,
    Call,
    Evidence,
    InsufficientFundsError,
    Movement,
    Nonces,
    NonceTakenError,
    NotATokenError,
    SimulatedBy,
    Stage,
    TransactionRefusedError,
    UnderpricedError,
    Verdict,
    checksummed,
    encode_call,
    encode_transfer,
    parse_function,
)

CHAIN_ID = 31337
NOBODY = "0x000000000000000000000000000000000000dEaD"


@pytest.fixture(params=["memory", "embedded", "anvil"])
def world(request: pytest.FixtureRequest) -> MoneyWorld:
    if request.param == "memory":
        return MemoryMoneyWorld()
    if request.param == "anvil":
        return AnvilMoneyWorld(request.getfixturevalue("anvil_chain"))
    return EmbeddedMoneyWorld(request.getfixturevalue("embedded_chain"))


@pytest.fixture(params=["memory", "served", "anvil"])
def waiting_world(request: pytest.FixtureRequest) -> Iterator[WaitingWorld]:
    """One whose transactions wait until the test has them mined."""
    if request.param == "memory":
        yield MemoryMoneyWorld()
    elif request.param == "anvil":
        anvil: AnvilWorld = request.getfixturevalue("anvil_chain")
        with anvil.held():
            yield AnvilMoneyWorld(anvil)
    else:
        with served_world() as world:
            yield world


@pytest.fixture
def payer(world: MoneyWorld) -> LocalAccount:
    """Somebody with 5 ether."""
    account: LocalAccount = Account.create()
    world.fund(account.address, 5 * ETHER)
    return account


async def mined(world: MoneyWorld, sender: LocalAccount, call: Call, **more: int) -> bytes:
    """The hash of a call that an account made."""
    nonce = (await world.money.nonces(sender.address)).mined
    transaction = {"to": call.to, "value": call.value, "data": call.data, **more}
    found = await world.money.send(signed(CHAIN_ID, sender, nonce, **transaction))
    world.mine()
    return found


async def test_what_is_a_contract(world: MoneyWorld, payer: LocalAccount) -> None:
    assert await world.money.has_code(world.contract())
    assert not await world.money.has_code(payer.address)
    world.delegating(payer)
    assert not await world.money.has_code(payer.address), "a key is still its owner"


async def test_what_a_token_says(world: MoneyWorld, payer: LocalAccount) -> None:
    token = world.dollar(payer.address, 1)
    found = await world.money.token(token.lower())

    assert (found.name, found.symbol, found.decimals) == (DOLLAR.name, DOLLAR.symbol, DOLLAR.decimals)
    assert found.address.lower() == token.lower()


async def test_what_is_no_token(world: MoneyWorld, payer: LocalAccount) -> None:
    for address in (NOBODY, payer.address, world.contract()):
        with pytest.raises(NotATokenError):
            await world.money.token(address)


async def test_balances_of_tokens(world: MoneyWorld, payer: LocalAccount) -> None:
    one, other = world.dollar(payer.address, 25_000_000), world.dollar(NOBODY, 1)
    found = await world.money.token_balances(payer.address.lower(), [one, NOBODY, other])

    assert [(each.token.lower(), each.amount) for each in found] == [
        (one.lower(), 25_000_000),
        (other.lower(), 0),
    ]
    assert {each.account for each in found} == {payer.address}
    assert {each.block for each in found} == {await world.money.block()}


async def test_too_many_questions(world: MoneyWorld) -> None:
    with pytest.raises(ValueError, match="50"):
        await world.money.token_balances(NOBODY, [NOBODY] * 51)
    with pytest.raises(ValueError, match="16"):
        await world.money.simulate(NOBODY, [Call(NOBODY)] * 17)
    with pytest.raises(ValueError, match="16"):
        await world.money.settlement(bytes(32), NOBODY, [])
    with pytest.raises(ValueError, match="bounds"):
        await world.money.simulate(NOBODY, [Call(NOBODY, 2**256)])


async def test_fees_to_choose_from(world: MoneyWorld) -> None:
    fees = await world.money.fees()

    assert fees.slow.max_fee_per_gas <= fees.normal.max_fee_per_gas <= fees.fast.max_fee_per_gas
    assert 0 < fees.slow.max_priority_fee_per_gas <= fees.fast.max_priority_fee_per_gas
    assert fees.base_fee <= fees.slow.max_fee_per_gas < 1000 * GWEI
    assert fees.block.number <= (await world.money.block()).number


async def test_a_payment_from_its_start_to_its_end(waiting_world: WaitingWorld) -> None:
    world, payer = waiting_world, Account.create()
    world.fund(payer.address, 5 * ETHER)
    recipient = Account.create().address
    assert await world.money.nonces(payer.address) == Nonces(0, 0)
    # The second one first: it has to wait for the one before it.
    second = await world.money.send(signed(CHAIN_ID, payer, 1, to=recipient, value=2))
    waiting = await world.money.inclusion(second)
    assert (waiting.stage, waiting.sender, waiting.nonce) == (Stage.PENDING, payer.address, 1)
    assert (waiting.call, waiting.block, waiting.confirmations) == (Call(recipient, 2), None, 0)
    first = await world.money.send(signed(CHAIN_ID, payer, 0, to=recipient, value=3))
    world.mine()
    found = await world.money.inclusion(first)

    assert (found.stage, found.succeeded, found.call) == (Stage.MINED, True, Call(recipient, 3))
    assert found.block is not None
    assert found.confirmations == (await world.money.block()).number - found.block.number + 1
    assert (await world.money.inclusion(second)).stage is Stage.MINED
    assert (await world.money.balance(recipient)).wei == 5
    assert await world.money.nonces(payer.address) == Nonces(2, 2)
    assert found.fee is not None
    other_fee = (await world.money.inclusion(second)).fee
    assert other_fee is not None
    assert (await world.money.balance(payer.address)).wei == 5 * ETHER - 5 - found.fee - other_fee, (
        "to the wei"
    )


async def test_a_hash_that_nobody_knows(world: MoneyWorld) -> None:
    found = await world.money.inclusion(b"\x07" * 32)

    assert (found.stage, found.sender, found.call, found.block) == (Stage.UNKNOWN, None, None, None)
    with pytest.raises(ValueError, match="32 bytes"):
        await world.money.inclusion(b"\x07" * 31)


async def test_the_same_transaction_again(world: MoneyWorld, payer: LocalAccount) -> None:
    """Handed in before and after it is mined: once."""
    raw = signed(CHAIN_ID, payer, 0, to=NOBODY, value=1)
    first = await world.money.send(raw)
    assert await world.money.send(raw) == first
    world.mine()
    assert await world.money.send(raw) == first
    assert (await world.money.nonces(payer.address)).mined == 1


async def test_a_nonce_that_is_taken(world: MoneyWorld, payer: LocalAccount) -> None:
    await mined(world, payer, Call(NOBODY, 1))
    with pytest.raises(NonceTakenError):
        await world.money.send(signed(CHAIN_ID, payer, 0, to=NOBODY, value=2))


async def test_a_replacement(waiting_world: WaitingWorld) -> None:
    world, payer = waiting_world, Account.create()
    world.fund(payer.address, 5 * ETHER)
    fees = {"maxFeePerGas": 10 * GWEI, "maxPriorityFeePerGas": GWEI}
    # Nothing waits before it: behind a gap, anvil goes on telling of one that was replaced.
    old = await world.money.send(signed(CHAIN_ID, payer, 0, to=NOBODY, value=1, **fees))
    with pytest.raises(UnderpricedError):
        await world.money.send(signed(CHAIN_ID, payer, 0, to=payer.address, **fees))
    more = {"maxFeePerGas": 12 * GWEI, "maxPriorityFeePerGas": 2 * GWEI}
    new = await world.money.send(signed(CHAIN_ID, payer, 0, to=payer.address, **more))

    assert (await world.money.inclusion(old)).stage is Stage.UNKNOWN
    assert (await world.money.inclusion(new)).stage is Stage.PENDING


async def test_more_than_there_is(world: MoneyWorld, payer: LocalAccount) -> None:
    with pytest.raises(InsufficientFundsError):
        await world.money.send(signed(CHAIN_ID, payer, 0, to=NOBODY, value=5 * ETHER))


async def test_what_is_refused_otherwise(world: MoneyWorld, payer: LocalAccount) -> None:
    with pytest.raises(TransactionRefusedError) as caught:
        await world.money.send(signed(CHAIN_ID, payer, 0, to=NOBODY, value=1, gas=20_000))
    assert "gas" in caught.value.reason
    with pytest.raises(ValueError, match="transaction"):
        await world.money.send(b"\x02\x01")
    with pytest.raises(ValueError, match="chain"):
        await world.money.send(signed(1, payer, 0, to=NOBODY))


async def test_a_simulation_moves_nothing(world: MoneyWorld, payer: LocalAccount) -> None:
    found = await world.money.simulate(payer.address, [Call(NOBODY, 7)])

    assert (found.succeeds, found.reason, found.failing) == (True, None, None)
    assert found.gas >= 21_000
    assert (await world.money.nonces(payer.address)).pending == 0
    assert (await world.money.balance(payer.address)).wei == 5 * ETHER


async def test_a_simulation_shows_what_moves_and_who_may_spend(
    world: MoneyWorld, payer: LocalAccount
) -> None:
    token = checksummed(world.dollar(payer.address, 50))
    approve = parse_function("approve(address spender, uint256 amount)")
    calls = [
        Call(NOBODY, 7),
        encode_transfer(token, NOBODY, 20),
        encode_call(token, approve, [NOBODY, "5"]),
        encode_call(token, approve, [NOBODY, str(2**256 - 1)]),
    ]
    found = await world.money.simulate(payer.address, calls)

    assert (found.by, found.succeeds) == (SimulatedBy.SIMULATE_V1, True)
    assert found.movements == (
        Movement(None, payer.address, NOBODY, 7),
        Movement(token, payer.address, NOBODY, 20),
    )
    assert found.allowances == (
        Allowance(token, payer.address, NOBODY, 5),
        Allowance(token, payer.address, NOBODY, None),
    )
    assert found.gas > 4 * 21_000


async def test_a_simulation_makes_one_call_after_the_other(world: MoneyWorld, payer: LocalAccount) -> None:
    token = world.dollar(payer.address, 50)
    found = await world.money.simulate(payer.address, [encode_transfer(token, NOBODY, 30)] * 2)

    assert (found.succeeds, found.failing) == (False, 1)


async def test_a_simulation_of_what_fails(world: MoneyWorld, payer: LocalAccount) -> None:
    token = world.dollar(payer.address, 5)
    found = await world.money.simulate(payer.address, [encode_transfer(token, NOBODY, 6)])
    assert (found.succeeds, found.failing, found.gas) == (False, 0, 0)
    assert found.reason in ("transfer amount exceeds balance", "ERC20InsufficientBalance")
    poor = await world.money.simulate(payer.address, [Call(NOBODY, 6 * ETHER)])
    assert not poor.succeeds
    assert poor.reason


async def test_a_plain_payment_shows_by_its_fields(world: MoneyWorld, payer: LocalAccount) -> None:
    call = Call(NOBODY, 9)
    paid = await mined(world, payer, call)
    found = await world.money.settlement(paid, payer.address.lower(), [call])

    assert (found.verdict, found.evidence, found.positions) == (Verdict.PAID, Evidence.FIELDS, (0,))
    assert found.inclusion == await world.money.inclusion(paid)
    again = await world.money.settlement(paid, payer.address, [call], found.positions)
    assert (again.verdict, again.positions) == (Verdict.DIFFERS, ()), "it settles once"


async def test_a_token_payment_shows_by_its_fields(world: MoneyWorld, payer: LocalAccount) -> None:
    call = encode_transfer(world.dollar(payer.address, 5), NOBODY, 5)
    found = await world.money.settlement(await mined(world, payer, call), payer.address, [call])

    assert (found.verdict, found.evidence) == (Verdict.PAID, Evidence.FIELDS)


OTHERS: dict[str, Callable[[Call], Call]] = {
    "another amount": lambda call: Call(call.to, call.value + 1, call.data),
    "another recipient": lambda call: Call("0x" + "11" * 20, call.value, call.data),
    "other data": lambda call: Call(call.to, call.value, b"\x01"),
}


@pytest.mark.parametrize("name", OTHERS)
async def test_another_payment_than_was_claimed(name: str, world: MoneyWorld, payer: LocalAccount) -> None:
    paid = await mined(world, payer, Call(NOBODY, 9))
    found = await world.money.settlement(paid, payer.address, [OTHERS[name](Call(NOBODY, 9))])

    assert found.verdict is Verdict.DIFFERS


async def test_a_payment_of_somebody_else(world: MoneyWorld, payer: LocalAccount) -> None:
    call = Call(NOBODY, 9)
    found = await world.money.settlement(await mined(world, payer, call), NOBODY, [call])

    assert found.verdict in (Verdict.DIFFERS, Verdict.UNPROVABLE)


async def test_more_calls_than_a_plain_payment_has(world: MoneyWorld, payer: LocalAccount) -> None:
    call = Call(NOBODY, 9)
    found = await world.money.settlement(await mined(world, payer, call), payer.address, [call, call])

    assert found.verdict is Verdict.DIFFERS


async def test_a_payment_that_failed(world: MoneyWorld, payer: LocalAccount) -> None:
    call = encode_transfer(world.dollar(payer.address, 5), NOBODY, 6)
    sent = await mined(world, payer, call)
    found = await world.money.settlement(sent, payer.address, [call])

    assert (found.verdict, found.inclusion.succeeded) == (Verdict.FAILED, False)


async def test_a_claim_that_waits_or_is_unknown(waiting_world: WaitingWorld) -> None:
    world, payer = waiting_world, Account.create()
    world.fund(payer.address, 5 * ETHER)
    call = Call(NOBODY, 9)
    unknown = await world.money.settlement(b"\x07" * 32, payer.address, [call])
    waiting = await world.money.send(signed(CHAIN_ID, payer, 1, to=NOBODY, value=9))
    pending = await world.money.settlement(waiting, payer.address, [call])
    other = await world.money.settlement(waiting, payer.address, [Call(NOBODY, 8)])

    assert (unknown.verdict, pending.verdict, other.verdict) == (
        Verdict.UNKNOWN,
        Verdict.PENDING,
        Verdict.DIFFERS,
    )


@pytest.fixture(params=["embedded", "anvil"])
def node(request: pytest.FixtureRequest) -> EmbeddedWorld:
    """One whose contracts can be anything."""
    return request.getfixturevalue(f"{request.param}_chain")  # type: ignore[no-any-return]


async def test_a_batch_of_a_contract_account_shows_by_its_trace(node: EmbeddedWorld) -> None:
    wallet, token = node.wallet(DEPLOYER.address), node.deploy("TestDollar", [], [])
    node.fund(wallet, ETHER)
    node.send(DEPLOYER, token, encode_transfer(token, wallet, 50).data)
    calls = [Call(NOBODY, 7), encode_transfer(token, NOBODY, 20), Call(NOBODY, 7)]
    receipt = node.send(
        DEPLOYER, wallet, batch_data(*((each.to or "", each.value, each.data) for each in calls))
    )
    paid = bytes.fromhex(receipt["transactionHash"][2:])
    found = await node.money.settlement(paid, wallet, calls[:2])
    again = await node.money.settlement(paid, wallet, calls[:1], found.positions)
    missing = await node.money.settlement(paid, wallet, [Call(NOBODY, 8)])

    assert (found.verdict, found.evidence, found.positions) == (Verdict.PAID, Evidence.TRACE, (0, 1))
    assert (again.verdict, again.positions) == (Verdict.PAID, (2,)), "the third call is another payment"
    assert missing.verdict is Verdict.DIFFERS


async def test_a_batch_of_an_account_that_delegates_shows_by_its_trace(node: EmbeddedWorld) -> None:
    """As outside wallets make it (EIP-7702): the account calls itself."""
    account: LocalAccount = Account.create()
    node.fund(account.address, ETHER)
    authorisation = account.sign_authorization(
        {"chainId": CHAIN_ID, "address": node.wallet(DEPLOYER.address), "nonce": 1}
    )
    data = batch_data((NOBODY, 7, b""), (NOBODY, 8, b""))
    receipt = node.send(account, account.address, data, gas=300_000, authorizationList=[authorisation])
    paid = bytes.fromhex(receipt["transactionHash"][2:])
    found = await node.money.settlement(paid, account.address, [Call(NOBODY, 7), Call(NOBODY, 8)])
    other = await node.money.settlement(paid, account.address, [Call(NOBODY, 15)])

    # Its first call is the one of itself.
    assert (found.verdict, found.evidence, found.positions) == (Verdict.PAID, Evidence.TRACE, (1, 2))
    assert other.verdict is Verdict.DIFFERS
