"""Addresses of accounts."""

from kinoteka.accounts.context import Accounts
from kinoteka.accounts.routes.auth import auth_routes
from kinoteka.accounts.routes.keys import key_routes
from kinoteka.accounts.routes.me import me_routes
from kinoteka.accounts.routes.roles import role_routes
from kinoteka.accounts.routes.users import user_routes
from kinoteka.web.route import Route


def account_routes(accounts: Accounts) -> list[Route]:
    return [
        *auth_routes(accounts),
        *me_routes(accounts),
        *user_routes(accounts),
        *role_routes(accounts),
        *key_routes(accounts),
    ]
