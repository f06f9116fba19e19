import { Suspense, useEffect } from "react";
import { Outlet, useLocation } from "react-router";
import { useScrollRestoration } from "./lib/scroll";
import { PageBoundary } from "./ui/PageBoundary";
import { Shell } from "./ui/Shell";
import { Waiting } from "./ui/Waiting";
import { loadingPages } from "./ui/lazyPage";

/** The frame of all pages; what lives longer than a page stands here. */
export function AppLayout() {
  const { pathname } = useLocation();
  const isLoading = loadingPages.use(({ count }) => count > 0);
  useFocusOnPage();
  useScrollRestoration();
  return (
    <Shell isLoading={isLoading}>
      <PageBoundary address={pathname}>
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </PageBoundary>
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
