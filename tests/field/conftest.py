from tests.flows.conftest import command as command
