"""Workers with full rights and nodes with a token offer the same operations."""

import pytest

from tasks.nodes.coordination import Coordination
from tasks.nodes.mailbox import Mailbox
from tasks.nodes.provider_calls import MailboxCalls, ProviderCalls


@pytest.mark.parametrize(
    ("with_rights", "with_token"), [(Coordination, Mailbox), (ProviderCalls, MailboxCalls)]
)
def test_a_node_with_a_token_sends_a_request_for_every_operation(
    with_rights: type, with_token: type
) -> None:
    operations = {
        name
        for name, value in vars(with_rights).items()
        if callable(value) and not name.startswith("_")
    }
    assert operations
    assert operations <= vars(with_token).keys()
