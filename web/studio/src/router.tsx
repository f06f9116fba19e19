import { Navigate, createBrowserRouter } from "react-router";
import { AppLayout } from "./AppLayout";
import { VisitorLayout } from "./VisitorLayout";
import { setNavigation } from "./lib/navigate";
import { paths } from "./lib/paths";
import { PageFailed } from "./ui/PageFailed";
import { Waiting } from "./ui/Waiting";

/** Every page with its address; all but the frame are loaded when they are opened. */
export const router = createBrowserRouter([
  {
    element: <AppLayout />,
    hydrateFallbackElement: <Waiting />,
    errorElement: <PageFailed />,
    children: [
      {
        errorElement: <PageFailed />,
        children: [
          {
            path: "/account/:view?",
            lazy: async () => ({ Component: (await import("./account/AccountPage")).default }),
          },
          { path: "/operate/*", lazy: async () => ({ Component: (await import("./operate/OperatePage")).default }) },
          { path: "/verify", lazy: async () => ({ Component: (await import("./trust/VerifyPage")).VerifyPage }) },
          {
            path: "/models",
            lazy: async () => ({ Component: (await import("./models/ModelsPage")).ModelsPage }),
          },
          { path: "/report", lazy: async () => ({ Component: (await import("./trust/VerifyPage")).ReportPage }) },
          {
            element: <VisitorLayout />,
            children: [
              { path: "/", lazy: async () => ({ Component: (await import("./home/HomePage")).HomePage }) },
              { path: "/create", lazy: async () => ({ Component: (await import("./make/MakePage")).MakePage }) },
              { path: "/queue", lazy: async () => ({ Component: (await import("./queue/QueuePage")).QueuePage }) },
              {
                path: "/videos",
                lazy: async () => ({ Component: (await import("./library/LibraryPage")).LibraryPage }),
              },
              {
                path: "/videos/:job",
                lazy: async () => ({ Component: (await import("./watch/WatchPage")).WatchPage }),
              },
              {
                path: "/projects",
                lazy: async () => ({ Component: (await import("./projects/ProjectsPage")).ProjectsPage }),
              },
              {
                path: "/projects/:project",
                lazy: async () => ({ Component: (await import("./projects/ProjectPage")).ProjectPage }),
              },
              {
                path: "/compare",
                lazy: async () => ({ Component: (await import("./compare/ComparePage")).ComparePage }),
              },
              {
                path: "/credits",
                lazy: async () => ({ Component: (await import("./credits/CreditsPage")).CreditsPage }),
              },
              { path: "/faces", lazy: async () => ({ Component: (await import("./library/KeptPage")).FacesPage }) },
              {
                path: "/recordings",
                lazy: async () => ({ Component: (await import("./library/KeptPage")).VoicesPage }),
              },
              {
                path: "/consents",
                lazy: async () => ({ Component: (await import("./trust/ConsentsPage")).ConsentsPage }),
              },
            ],
          },
          { path: "*", element: <Navigate to={paths.home} replace /> },
        ],
      },
    ],
  },
]);

setNavigation((path, options) => router.navigate(path, options));
