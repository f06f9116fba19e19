"""Errors of accounts; those that other parts of the control plane raise are in `web.errors`."""

from __future__ import annotations

from tasks.domain.errors import CallsheetError, RequestError


class LoginBusy(CallsheetError):
    """Too many people are signing in. Try again in a few seconds."""

    code = "LOGIN_BUSY"
    status = 503
    retryable = True


class RefreshTokenInvalid(RequestError):
    """Your sign-in has ended. Sign in again."""

    code = "REFRESH_TOKEN_INVALID"
    status = 401


class RefreshConflict(RequestError):
    """Another request has just refreshed this sign-in. Try again with its new token."""

    code = "REFRESH_CONFLICT"
    status = 409
    retryable = True


class RegistrationClosed(RequestError):
    """This server accepts no new accounts."""

    code = "REGISTRATION_CLOSED"
    status = 403


class InvitationInvalid(RequestError):
    """This invitation is not valid for this address, or it has been used or has expired."""

    code = "INVITATION_INVALID"
    status = 403


class InvitationNotFound(RequestError):
    """This invitation does not exist or has been used."""

    code = "INVITATION_NOT_FOUND"
    status = 404


class UserNotFound(RequestError):
    """This user does not exist."""

    code = "USER_NOT_FOUND"
    status = 404


class UserExists(RequestError):
    """This address has an account already."""

    code = "USER_EXISTS"
    status = 409


class UserMismatch(RequestError):
    """The user_id is not that of the signed-in user."""

    code = "USER_MISMATCH"
    status = 403


class OwnAccount(RequestError):
    """You cannot suspend yourself or change your own role."""

    code = "OWN_ACCOUNT"
    status = 409


class LoginNotFound(RequestError):
    """This sign-in does not exist."""

    code = "LOGIN_NOT_FOUND"
    status = 404


class AccountLinkInvalid(RequestError):
    """This link has been used or has expired. Ask for a new one."""

    code = "ACCOUNT_LINK_INVALID"
    status = 400
