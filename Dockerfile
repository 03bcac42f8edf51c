# The image of ocispec: the program alone, for a user without rights.
#
#	docker build -t ocispec .
#	docker run --rm --network host --user "$(id -u):$(id -g)" \
#		-v "$PWD/results:/results" ocispec run --registry 127.0.0.1:5000 --out /results
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
# With .git, so that ocispec version has the commit.
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
	go build -trimpath -ldflags=-s -o /ocispec ./cmd/ocispec

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /ocispec /usr/local/bin/ocispec
USER nonroot:nonroot
WORKDIR /results
ENTRYPOINT ["/usr/local/bin/ocispec"]
