import { type ComponentType, useEffect } from "react";
import { BrowserRouter, Navigate, Route, Routes, matchPath, useNavigate } from "react-router";
import { AppLayout } from "./AppLayout";
import { VisitorLayout } from "./VisitorLayout";
import { setNavigation } from "./lib/navigate";
import { paths } from "./lib/paths";
import { lazyPage } from "./ui/lazyPage";

/* All but the frame is loaded when it is opened. The router has no data of its own (`createBrowserRouter`, 15 kB more):
   the state of the server is that of TanStack Query. */
const page = (path: string, load: () => Promise<ComponentType>) => ({ path, load, Page: lazyPage(load) });

const PUBLIC = [
  page("/account/:view?", async () => (await import("./account/AccountPage")).default),
  page("/operate/*", async () => (await import("./operate/OperatePage")).default),
  page("/verify", async () => (await import("./trust/VerifyPage")).VerifyPage),
  page("/models", async () => (await import("./models/ModelsPage")).ModelsPage),
  page("/report", async () => (await import("./trust/VerifyPage")).ReportPage),
];
/** Those that need the session of the last visit. */
const OF_A_VISITOR = [
  page("/", async () => (await import("./home/HomePage")).HomePage),
  page("/create", async () => (await import("./make/MakePage")).MakePage),
  page("/queue", async () => (await import("./queue/QueuePage")).QueuePage),
  page("/videos", async () => (await import("./library/LibraryPage")).LibraryPage),
  page("/videos/:job", async () => (await import("./watch/WatchPage")).WatchPage),
  page("/projects", async () => (await import("./projects/ProjectsPage")).ProjectsPage),
  page("/projects/:project", async () => (await import("./projects/ProjectPage")).ProjectPage),
  page("/batches", async () => (await import("./batches/BatchesPage")).BatchesPage),
  page("/batches/:batch", async () => (await import("./batches/BatchPage")).BatchPage),
  page("/compare", async () => (await import("./compare/ComparePage")).ComparePage),
  page("/credits", async () => (await import("./credits/CreditsPage")).CreditsPage),
  page("/faces", async () => (await import("./library/KeptPage")).FacesPage),
  page("/recordings", async () => (await import("./library/KeptPage")).VoicesPage),
  page("/consents", async () => (await import("./trust/ConsentsPage")).ConsentsPage),
];

// The first page is loaded beside the session, not after it; what fails here is told when it is shown.
const first = [...PUBLIC, ...OF_A_VISITOR].find(({ path }) => matchPath(path, location.pathname));
void first?.load().catch(() => undefined);

/** Every page with its address. */
export function App() {
  return (
    <BrowserRouter>
      <OutsideNavigation />
      <Routes>
        <Route element={<AppLayout />}>
          {PUBLIC.map(({ path, Page }) => (
            <Route key={path} path={path} element={<Page />} />
          ))}
          <Route element={<VisitorLayout />}>
            {OF_A_VISITOR.map(({ path, Page }) => (
              <Route key={path} path={path} element={<Page />} />
            ))}
          </Route>
          <Route path="*" element={<Navigate to={paths.home} replace />} />
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

/** Let code outside React show another page. */
function OutsideNavigation() {
  const navigate = useNavigate();
  useEffect(() => setNavigation((path, options) => navigate(path, options)), [navigate]);
  return null;
}
