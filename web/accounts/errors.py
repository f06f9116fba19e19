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
    """You cannot suspend yourself, change your own role or remove your own second factor here."""

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


class ApiKeyExpired(RequestError):
    """This API key has expired. Create a new one."""

    code = "API_KEY_EXPIRED"
    status = 401


class ApiKeyNotFound(RequestError):
    """This API key does not exist."""

    code = "API_KEY_NOT_FOUND"
    status = 404


class ApiKeysFull(RequestError):
    """You have as many API keys as your plan allows. Delete one first."""

    code = "API_KEYS_LIMIT"
    status = 409


class ApiKeyRefused(RequestError):
    """API keys may not use this address. Sign in."""

    code = "API_KEY_NOT_ALLOWED"
    status = 403


class ScopeMissing(RequestError):
    """This API key lacks the scope that this address needs."""

    code = "SCOPE_MISSING"
    status = 403


class EmailNotVerified(RequestError):
    """Verify your email address first."""

    code = "EMAIL_NOT_VERIFIED"
    status = 403


class DailyJobsReached(RequestError):
    """This API key has started as many jobs as it may in a day. Try again tomorrow (UTC)."""

    code = "DAILY_LIMIT_REACHED"
    status = 429
    retryable = True


class ProviderUnknown(RequestError):
    """This server does not offer this identity provider."""

    code = "PROVIDER_UNKNOWN"
    status = 404


class ProviderUnavailable(CallsheetError):
    """The identity provider is unavailable. Try again in a few minutes."""

    code = "IDENTITY_PROVIDER_UNAVAILABLE"
    status = 503
    retryable = True


class IdentityRefused(RequestError):
    """The sign-in with the identity provider failed. Start it again."""

    code = "IDENTITY_REFUSED"
    status = 400


class IdentityEmailUnverified(RequestError):
    """The identity provider has not verified your email address. Verify it there first."""

    code = "IDENTITY_EMAIL_UNVERIFIED"
    status = 403


class AccountUnverified(RequestError):
    """An account with your address exists, but the address is not verified. Sign in with mail."""

    code = "ACCOUNT_UNVERIFIED"
    status = 409


class SecondFactorNeeded(RequestError):
    """Enter the code of your authenticator app, or a recovery code, or use a passkey."""

    code = "SECOND_FACTOR_NEEDED"
    status = 401


class SecondFactorInvalid(RequestError):
    """The code is wrong or has been used. Enter the next code of your authenticator app."""

    code = "SECOND_FACTOR_INVALID"
    status = 401


class PasswordSignInRequired(RequestError):
    """This account has a second factor. Sign in with a passkey, or with password and code."""

    code = "PASSWORD_SIGN_IN_REQUIRED"
    status = 403


class TotpActive(RequestError):
    """This account has an authenticator app already. Remove it first."""

    code = "TOTP_ACTIVE"
    status = 409


class TotpNotSetUp(RequestError):
    """This account has no authenticator app. Set one up first."""

    code = "TOTP_NOT_SET_UP"
    status = 409


class TooManyCodes(RequestError):
    """Too many wrong codes. Sign in with a passkey, or try again later."""

    code = "TOO_MANY_CODES"
    status = 429
    retryable = True


class PasskeysOff(RequestError):
    """This server has no domain, which passkeys need."""

    code = "PASSKEYS_OFF"
    status = 404


class PasskeyRefused(RequestError):
    """The passkey was not accepted. Try again, or sign in with your password."""

    code = "PASSKEY_REFUSED"
    status = 401


class PasskeySuspected(RequestError):
    """There may be a copy of this passkey, so it is not accepted. Remove it and add a new one."""

    code = "PASSKEY_SUSPECTED"
    status = 403


class PasskeyNotFound(RequestError):
    """This passkey does not exist."""

    code = "PASSKEY_NOT_FOUND"
    status = 404


class PasskeyKnown(RequestError):
    """This passkey has been added already."""

    code = "PASSKEY_KNOWN"
    status = 409


class PasskeysFull(RequestError):
    """You have 20 passkeys, which is the limit. Remove one first."""

    code = "PASSKEYS_LIMIT"
    status = 409


class FreshSignInRequired(RequestError):
    """This needs a sign-in of the last 10 minutes. Sign out and sign in again."""

    code = "FRESH_SIGN_IN_REQUIRED"
    status = 403


class LastWayIn(RequestError):
    """This is the only way to sign in to your account. Add another one first."""

    code = "LAST_WAY_IN"
    status = 409


class IdentityNotFound(RequestError):
    """This identity does not exist."""

    code = "IDENTITY_NOT_FOUND"
    status = 404
