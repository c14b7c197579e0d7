/**
 * Builds the project's image once for a run of the container tests, as Coolify would: its Dockerfile, its folder, no
 * argument. `NODE_IMAGE` stands in for the base image where no registry can be reached (container-lab/lab.sh).
 */
import {
  buildImage,
  docker,
  ENGINE_IMAGE,
  projectFolder,
} from "./containers.ts";

export default async function setup(): Promise<void> {
  await docker("version", "-f", "{{.Server.Version}}").catch(
    (error: unknown) => {
      throw new Error(
        "No Docker engine answers, and the container tests are not skipped. Start Docker, or on Debian 12 as root run " +
          "test/support/container-lab/lab.sh npm run test:container",
        { cause: error },
      );
    },
  );
  const base = process.env["NODE_IMAGE"];
  await buildImage(
    ENGINE_IMAGE,
    projectFolder,
    base === undefined ? {} : { NODE_IMAGE: base },
  );
  const bytes = Number(
    await docker("image", "inspect", "-f", "{{.Size}}", ENGINE_IMAGE),
  );
  const own = await ownBytes();
  console.log(
    `Image: ${megabytes(bytes)}, of which ${megabytes(own)} on top of ${base ?? "its base image"}`,
  );
}

/** What the last stage of the Dockerfile adds to the image that it starts from. */
async function ownBytes(): Promise<number> {
  const layers = await docker(
    ...["history", "--no-trunc", "--human=false"],
    ...["--format", "{{.Size}} {{.CreatedBy}}", ENGINE_IMAGE],
  );
  const lines = layers.split("\n");
  const first = lines.findIndex((line) => line.includes("apt-get update"));
  return lines
    .slice(0, first + 1)
    .reduce((sum, line) => sum + Number(line.split(" ")[0]), 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
