// Compiled with nothing in it but GoogleTest: the headers every test begins with, precompiled (CMakeLists.txt).
