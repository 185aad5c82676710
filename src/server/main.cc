#include "server/commands.h"

int main(int argc, char** argv) { return sluice::server::RunProgram(argc, argv); }
