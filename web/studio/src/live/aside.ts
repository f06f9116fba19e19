import { post } from "../api/client";

/** Use a session for files that are only passed on: in that of the page, they would be those of the next video. */
export async function inSessionAside<T>(act: (sessionId: string) => Promise<T>): Promise<T> {
  const { session_id } = await post<{ session_id: string }>("/session/create", { user_id: "aside" });
  try {
    return await act(session_id);
  } finally {
    // What was passed on has its own place; a session that cannot be closed expires.
    await post(`/session/${session_id}/close`, {}).catch(() => undefined);
  }
}
