# Every target is a script or a CMake preset; nothing happens here. README.md says what each is for.
.PHONY: build demo run test bench format fuzz

build:
	tools/build.sh release

demo:
	tools/demo.sh

run:
	tools/run.sh

test:
	tools/test.sh

bench:
	tools/bench.sh

format:
	tools/format.sh --write

fuzz:
	tools/fuzz.sh
