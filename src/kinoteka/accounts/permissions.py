"""All permissions there are. A role is a named set of them; routes name the one they need."""

from kinoteka.web.guard import Permission

CATALOGUE_WRITE = Permission("catalogue:write", "Create, change, delete and restore films, persons and genres.")
CATALOGUE_EXPORT = Permission("catalogue:export", "Take all films out as a file. Every account has it.")
USERS_READ = Permission("users:read", "See all users, their roles and permissions, and the audit.")
USERS_WRITE = Permission("users:write", "Disable, enable and delete users, and end their sessions.")
ROLES_WRITE = Permission("roles:write", "See, create, change and delete roles; give them and take them away.")

PERMISSIONS = (CATALOGUE_WRITE, CATALOGUE_EXPORT, USERS_READ, USERS_WRITE, ROLES_WRITE)
NAMES = frozenset(permission.name for permission in PERMISSIONS)
OF_EVERY_ACCOUNT = frozenset({CATALOGUE_EXPORT.name})
