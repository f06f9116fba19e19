import { useEffect } from "react";
import { Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { Shell } from "./ui/Shell";

/** The frame of all pages; what lives longer than a page stands here. */
export function AppLayout() {
  useFocusOnPage();
  const isLoading = useNavigation().state === "loading";
  return (
    <Shell isLoading={isLoading}>
      <Outlet />
      <ScrollRestoration />
    </Shell>
  );
}

/** Tell screen readers of another page: its content has the focus. */
function useFocusOnPage(): void {
  const { pathname, key } = useLocation();
  useEffect(() => {
    if (key !== "default") document.getElementById("page")?.focus({ preventScroll: true });
  }, [pathname]);
}
