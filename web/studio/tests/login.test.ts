import { beforeEach, describe, expect, it, vi } from "vitest";

interface Call {
  path: string;
  token: string | null;
}
type Handler = (call: Call) => Response | Promise<Response>;

const USER = { user_id: "usr_1", email: "ada@example.com", role: "user" };
const tokens = (name: string, seconds = 900) => Response.json({ access_token: name, expires_in: seconds, user: USER });
const refused = (status: number, code: string) => Response.json({ error_code: code, user_message: code }, { status });

let calls: Call[] = [];
let handle: Handler;
const refreshes = () => calls.filter(({ path }) => path === "/api/auth/refresh").length;

beforeEach(() => {
  calls = [];
  localStorage.clear();
  vi.resetModules();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const call = { path, token: new Headers(init.headers).get("Authorization")?.replace("Bearer ", "") ?? null };
    calls.push(call);
    return handle(call);
  });
});

/** A tab of a browser in which somebody has signed in before. */
async function tab({ signedIn = true } = {}) {
  if (signedIn) localStorage.setItem("callsheet.signed-in", "1");
  return { ...(await import("../src/api/client")), ...(await import("../src/api/login")) };
}

/** A server that issues new tokens and takes the newest only. */
function server(): { newest: number; handle: Handler } {
  const state = {
    newest: 0,
    handle: ({ path, token }: Call) => {
      if (path === "/api/auth/refresh") return tokens(`t${++state.newest}`);
      return token === `t${state.newest}` ? Response.json({ seen: token }) : refused(401, "TOKEN_EXPIRED");
    },
  };
  return state;
}

describe("access tokens", () => {
  it("are not asked for where nobody has signed in", async () => {
    const { get } = await tab({ signedIn: false });
    handle = () => Response.json({});
    await get("/anything");
    expect(calls).toEqual([{ path: "/anything", token: null }]);
  });

  it("are asked for once by requests that begin together", async () => {
    const { get } = await tab();
    handle = server().handle;
    const seen = await Promise.all([get("/one"), get("/two"), get("/three")]);
    expect(seen).toEqual([{ seen: "t1" }, { seen: "t1" }, { seen: "t1" }]);
    expect(refreshes()).toBe(1);
  });

  it("are renewed once, and the requests repeated, when several are refused", async () => {
    const { get } = await tab();
    const house = server();
    handle = house.handle;
    await get("/one");
    house.newest = 7; // the token has ended early
    expect(await Promise.all([get("/two"), get("/three")])).toEqual([{ seen: "t8" }, { seen: "t8" }]);
    expect(refreshes()).toBe(2);
  });

  it("are renewed only once for a request", async () => {
    const { get } = await tab();
    handle = ({ path }) => (path === "/api/auth/refresh" ? tokens("t") : refused(401, "TOKEN_INVALID"));
    await expect(get("/one")).rejects.toMatchObject({ code: "TOKEN_INVALID" });
    expect(calls.map(({ path }) => path)).toEqual(["/api/auth/refresh", "/one", "/api/auth/refresh", "/one"]);
  });

  it("are not renewed because a password is wrong", async () => {
    const { post } = await tab();
    handle = ({ path }) => (path === "/api/auth/refresh" ? tokens("t") : refused(401, "LOGIN_FAILED"));
    await expect(post("/api/auth/password/change", {})).rejects.toMatchObject({ code: "LOGIN_FAILED" });
    expect(refreshes()).toBe(1);
  });

  it("are renewed before they expire", async () => {
    const { bearer } = await tab();
    let issued = 0;
    handle = () => tokens(`t${++issued}`, issued === 1 ? 61 : 900);
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      expect([await bearer(), await bearer()]).toEqual(["t1", "t1"]);
      vi.setSystemTime(Date.now() + 2000);
      expect([await bearer(), await bearer()]).toEqual(["t2", "t2"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("of another tab that was faster are asked for again", async () => {
    const { bearer, login } = await tab();
    handle = () => (calls.length === 1 ? refused(409, "REFRESH_CONFLICT") : tokens("newer"));
    expect(await bearer()).toBe("newer");
    expect(login.get().user?.email).toBe(USER.email);
    expect(refreshes()).toBe(2);
  });
});

describe("a sign-in that has ended", () => {
  it("is forgotten, and the page is told", async () => {
    const { get, login, onEnded } = await tab();
    const ended = vi.fn();
    onEnded(ended);
    handle = () => refused(401, "REFRESH_TOKEN_INVALID");
    await expect(get("/one")).rejects.toMatchObject({ code: "LOGIN_REQUIRED" });
    expect(ended).toHaveBeenCalledOnce();
    expect(login.get().user).toBeNull();
    expect(localStorage.getItem("callsheet.signed-in")).toBeNull();
  });

  it("is not assumed while the server does not answer", async () => {
    const { get, onEnded } = await tab();
    const ended = vi.fn();
    onEnded(ended);
    handle = () => {
      throw new TypeError("no network");
    };
    await expect(get("/one")).rejects.toMatchObject({ code: "OFFLINE" });
    handle = server().handle;
    expect(await get("/one")).toEqual({ seen: "t1" });
    expect(ended).not.toHaveBeenCalled();
  });

  it("in another tab ends this one, too", async () => {
    const { bearer, login, onEnded } = await tab();
    const ended = vi.fn();
    onEnded(ended);
    handle = server().handle;
    await bearer();
    localStorage.removeItem("callsheet.signed-in");
    dispatchEvent(new StorageEvent("storage", { key: "callsheet.signed-in", newValue: null }));
    expect(ended).toHaveBeenCalledOnce();
    expect(login.get().user).toBeNull();
    expect(await bearer()).toBe("");
  });

  it("does not come back with a renewal that was on its way", async () => {
    const { bearer, forget, login } = await tab();
    let answer: (response: Response) => void = () => undefined;
    handle = () => new Promise((resolve) => (answer = resolve));
    const asked = bearer();
    await vi.waitFor(() => expect(refreshes()).toBe(1));
    forget();
    answer(tokens("late"));
    expect(await asked).toBe("");
    expect(login.get().user).toBeNull();
  });
});

describe("a form", () => {
  it("shows errors at their fields, gives the first the focus, and keeps what was typed", async () => {
    const { createElement } = await import("react");
    const { cleanup, render, screen } = await import("@testing-library/react");
    const { default: userEvent } = await import("@testing-library/user-event");
    const { Form } = await import("../src/ui/Form");
    const { Problem } = await import("../src/api/client");
    const { EMAIL, PASSWORD } = await import("../src/account/fields");
    const reasons = [{ field: "password", message: "This password is too common." }];
    const act = vi
      .fn()
      .mockRejectedValueOnce(new Problem("Check the form.", "VALIDATION_FAILED", 422, reasons))
      .mockRejectedValueOnce(new Problem("Too many.", "TOO_MANY_REQUESTS", 429));
    render(createElement(Form, { fields: [EMAIL, PASSWORD], label: "Sign in", busyLabel: "Signing in", act }));
    const [email, password] = [
      screen.getByLabelText("Email address"),
      screen.getByLabelText("Password"),
    ] as HTMLInputElement[];
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect(act).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(email);
    await userEvent.type(email!, " ada@example.com ");
    await userEvent.type(password!, "password 1{enter}");
    expect(act).toHaveBeenCalledWith({ email: "ada@example.com", password: "password 1" });
    await vi.waitFor(() => expect(document.activeElement).toBe(password));
    expect(password!.getAttribute("aria-invalid")).toBe("true");
    const described = password!
      .getAttribute("aria-describedby")!
      .split(" ")
      .map((id) => document.getElementById(id)!.textContent);
    expect(described.join()).toContain("too common");
    expect(password!.value).toBe("password 1");
    await userEvent.type(password!, "{enter}");
    expect((await screen.findByRole("alert")).textContent).toBe("Too many.");
    cleanup();
  });
});
