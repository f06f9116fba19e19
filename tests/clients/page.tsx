// A page that follows a job with the components of the documentation; the test writes them to files beside it.
import { Client } from "callsheet-client";
import { createRoot } from "react-dom/client";
import { Progress as OfClient } from "./client";
import { Progress as ByHand } from "./hand.jsx";

const server = "SERVER";
const session = await new Client({ baseUrl: server }).openSession();
await session.uploadFace(await (await fetch("./face.jpg")).blob());
const job = await session.start({ script: "Hello there." });
const { links } = await job.report();
createRoot(document.getElementById("root")!).render(
  <>
    <div id="hand"><ByHand url={server + links.events} /></div>
    <div id="client"><OfClient job={job} /></div>
  </>,
);
