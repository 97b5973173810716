// Certificates for tests of TLS, made on the spot.
//
//   const TestAuthority authority("authority");
//   CertifiedKey gateway = authority.Issue("gateway", {"DNS:gateway.example"});
#ifndef SEKISHO_TESTS_SERVER_TEST_CERTIFICATES_H_
#define SEKISHO_TESTS_SERVER_TEST_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace sekisho {

// Both in PEM.
struct CertifiedKey {
  std::string certificate;
  std::string key;
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);

  // In PEM.
  std::string certificate() const;
  // For a day. The alternative names are OpenSSL's: `DNS:a`, `URI:b`. An empty
  // common name is left out.
  CertifiedKey Issue(const std::string& common_name,
                     const std::vector<std::string>& alternative_names) const;

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static Certificate NewCertificate(const std::string& common_name,
                                    EVP_PKEY* key);

  Key key_;
  Certificate certificate_;
};

}  // namespace sekisho

#endif  // SEKISHO_TESTS_SERVER_TEST_CERTIFICATES_H_
