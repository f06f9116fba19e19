import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { useEffect } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const asked: string[] = [];
const sent: unknown[] = [];
let refresh: () => Response;

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  asked.length = 0;
  vi.stubGlobal("scrollTo", () => undefined);
  vi.stubGlobal("fetch", async (path: string, options?: RequestInit) => {
    asked.push(path);
    if (path === "/api/auth/google/start") {
      sent.push(JSON.parse(String(options?.body)));
      return Response.json({ url: "#provider" });
    }
    if (path === "/api/auth/refresh") return refresh();
    const accounts = { mode: "optional", registration: "open", verification: false, providers: ["google", "oidc"] };
    return Response.json({ accounts });
  });
});
afterEach(cleanup);

/** The page of accounts at an address. */
async function opened(address: string) {
  history.replaceState(null, "", address);
  const { default: AccountPage } = await import("../src/account/AccountPage");
  const { BrowserRouter, Route, Routes, useNavigate } = await import("react-router");
  const { setNavigation } = await import("../src/lib/navigate");
  const { queryClient } = await import("../src/api/queries");
  function Navigation() {
    const navigate = useNavigate();
    useEffect(() => setNavigation((path, options) => navigate(path, options)), [navigate]);
    return null;
  }
  render(
    <QueryClientProvider client={queryClient}>
      <BrowserRouter>
        <Navigation />
        <Routes>
          <Route path="/account/:view?" element={<AccountPage />} />
          <Route path="*" element={null} />
        </Routes>
      </BrowserRouter>
    </QueryClientProvider>,
  );
}

describe("identity providers", () => {
  it("have a button each, if they are set up", async () => {
    await opened("/account");
    const google = await screen.findByRole("link", { name: "Sign in with Google" });
    expect(google.getAttribute("href")).toBe("/api/auth/google/start?next=%2Faccount%23signed-in");
    screen.getByRole("link", { name: "Sign in with your organisation" });
    expect(screen.queryByRole("link", { name: "Sign in with GitHub" })).toBeNull();
    expect(asked).not.toContain("/api/auth/refresh");
  });

  it("sign people up with their invitation, which stands in no address", async () => {
    await opened("/account#invitation=secret-token");
    const google = await screen.findByRole("button", { name: "Sign up with Google" });
    expect(location.href).not.toContain("secret-token");
    google.click();
    await vi.waitFor(() => expect(sent).toEqual([{ next: "/account#signed-in", invitation: "secret-token" }]));
    expect(asked.some((path) => path.includes("secret-token"))).toBe(false);
    await vi.waitFor(() => expect(location.hash).toBe("#provider"));
  });

  it.each([
    ["REGISTRATION_CLOSED", "This server accepts no new accounts."],
    ["<b>anything</b>", "The sign-in with the provider failed. Start it again."],
  ])("that refuse with %s are explained in our words", async (code, message) => {
    await opened(`/account#refused=${code}`);
    expect((await screen.findByRole("alert")).textContent).toBe(message);
    expect(location.href).not.toContain("=");
  });

  it("send back a browser that then gets its token", async () => {
    const user = { user_id: "usr_1", email: "ada@example.com", role: "user", created_at: "2026-11-01T00:00:00Z" };
    refresh = () => Response.json({ access_token: "t", expires_in: 900, user });
    await opened("/account#signed-in");
    await vi.waitFor(() => expect(location.pathname).toBe("/create"));
    const { login } = await import("../src/api/login");
    expect(login.get().user).toEqual(user);
    expect(localStorage.getItem("callsheet.signed-in")).not.toBeNull();
  });
});
