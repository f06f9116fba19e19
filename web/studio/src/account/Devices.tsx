import { useEffect } from "react";
import { date, day, time } from "../lib/format";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { StatusButton } from "./StatusButton";
import { devices, loadDevices, signDeviceOut } from "./actions";

export function Devices() {
  const { now, trouble } = devices.use((all) => all);
  useEffect(() => void loadDevices(), []);
  if (trouble) return <Notice title={trouble}><Button onClick={() => void loadDevices()}>Try again</Button></Notice>;
  if (!now) return <p role="status" className="caption">Loading</p>;
  return (
    <ul>
      {now.map(({ id, device, current, created_at, seen_at }) => (
        <li key={id} className="flex min-h-16 flex-wrap items-center justify-between gap-3 border-b border-rule py-2 last:border-0">
          <div>
            <p className="font-medium">{device || "Unknown device"}{current && <span className="ml-2 font-normal text-soft">this device</span>}</p>
            <p className="figures text-soft">signed in {date(created_at)}{current ? "" : `, last seen ${day(seen_at)} ${time(seen_at)}`}</p>
          </div>
          {!current && <StatusButton label="Sign out" name={`Sign out ${device || "unknown device"}`} act={() => signDeviceOut(id)} />}
        </li>
      ))}
    </ul>
  );
}
