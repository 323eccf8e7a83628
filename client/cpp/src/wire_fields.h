// The fields of a message whose class we do not have. For google.rpc: the classes that protoc makes of it would collide
// with those of a program that has them too, since Protobuf registers every file only once in a process.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_WIRE_FIELDS_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_WIRE_FIELDS_H_

#include <string>
#include <vector>

namespace zeus::bso::client_internal {

// The values of a repeated field of strings, bytes or messages. None where the message cannot be parsed.
std::vector<std::string> WireFields(const std::string& message, int number);

// The value of a field that is not repeated; empty where it is absent.
std::string WireField(const std::string& message, int number);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_WIRE_FIELDS_H_
