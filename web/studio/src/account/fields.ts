import type { FieldSpec } from "../ui/Field";
import { t } from "../i18n";

export const EMAIL: FieldSpec = {
  name: "email",
  label: t("Email address"),
  type: "email",
  autoComplete: "username webauthn",
  missing: t("Enter your email address."),
};

export const PASSWORD: FieldSpec = {
  name: "password",
  label: t("Password"),
  type: "password",
  autoComplete: "current-password",
  missing: t("Enter your password."),
};

export const NEW_PASSWORD: FieldSpec = {
  name: "password",
  label: t("New password"),
  type: "password",
  autoComplete: "new-password",
  hint: t("At least 8 characters. Three words that do not belong together are easy to remember."),
  missing: t("Choose a password."),
};

export const CURRENT_PASSWORD: FieldSpec = {
  name: "current_password",
  label: t("Current password"),
  type: "password",
  autoComplete: "current-password",
  missing: t("Enter your current password."),
};

export const CODE: FieldSpec = {
  name: "code",
  label: t("Code"),
  type: "text",
  autoComplete: "one-time-code",
  hint: t("Six digits from your authenticator app, or a recovery code."),
  missing: t("Enter a code."),
};

/** What the server asks for before it changes how an account is signed in to. */
export function proofs(hasPassword: boolean, hasApp: boolean): FieldSpec[] {
  return [...(hasPassword ? [CURRENT_PASSWORD] : []), ...(hasApp ? [CODE] : [])];
}
