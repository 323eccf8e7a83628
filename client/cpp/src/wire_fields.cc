#include "client/cpp/src/wire_fields.h"

#include "google/protobuf/unknown_field_set.h"

namespace zeus::bso::client_internal {

std::vector<std::string> WireFields(const std::string& message, int number) {
  google::protobuf::UnknownFieldSet fields;
  if (!fields.ParseFromString(message)) return {};
  std::vector<std::string> values;
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    if (field.number() != number || field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) continue;
    values.push_back(field.length_delimited());
  }
  return values;
}

std::string WireField(const std::string& message, int number) {
  std::vector<std::string> values = WireFields(message, number);
  return values.empty() ? "" : values.back();
}

}  // namespace zeus::bso::client_internal
