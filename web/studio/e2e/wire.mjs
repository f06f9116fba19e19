// A proxy between browser and server that can be cut and restored.
import { connect, createServer } from "node:net";

export async function wire(address) {
    const { hostname, port } = new URL(address);
    const ends = new Set();
    let whole = true;
    const server = createServer((near) => {
        if (!whole) return near.destroy();
        const far = connect(Number(port), hostname);
        for (const [end, other] of [
            [near, far],
            [far, near],
        ]) {
            ends.add(end);
            end.pipe(other);
            end.on("error", () => other.destroy());
            end.on("close", () => {
                ends.delete(end);
                other.destroy();
            });
        }
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        cut() {
            whole = false;
            for (const end of ends) end.destroy();
        },
        mend() {
            whole = true;
        },
        close() {
            this.cut();
            server.close();
        },
    };
}
