import type { FieldSpec } from "../ui/Field";

export const EMAIL: FieldSpec = {
  name: "email", label: "Email address", type: "email", autoComplete: "username webauthn", missing: "Enter your email address.",
};

export const PASSWORD: FieldSpec = {
  name: "password", label: "Password", type: "password", autoComplete: "current-password", missing: "Enter your password.",
};

export const NEW_PASSWORD: FieldSpec = {
  name: "password", label: "New password", type: "password", autoComplete: "new-password",
  hint: "At least 8 characters. Three words that do not belong together are easy to remember.", missing: "Choose a password.",
};

export const CURRENT_PASSWORD: FieldSpec = {
  name: "current_password", label: "Current password", type: "password", autoComplete: "current-password", missing: "Enter your current password.",
};

export const CODE: FieldSpec = {
  name: "code", label: "Code", type: "text", autoComplete: "one-time-code",
  hint: "Six digits from your authenticator app, or a recovery code.", missing: "Enter a code.",
};

/** What the server asks for before it changes how an account is signed in to. */
export function proofs(hasPassword: boolean, hasApp: boolean): FieldSpec[] {
  return [...(hasPassword ? [CURRENT_PASSWORD] : []), ...(hasApp ? [CODE] : [])];
}
