"""What each kind of value takes and refuses at its border, by the words that name the kind in errors.

The tables follow the sources of those who read the values: Kubernetes' validation (apimachinery's util/validation and
api/resource, core's, batch's and networking's validation), robfig/cron, distribution's reference, PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Border:
    """Values just inside and just outside."""

    taken: tuple[object, ...]
    refused: tuple[object, ...]


LABEL, LONG_LABEL = "a" * 63, "a" * 64
NAME_OF_253 = ".".join([LABEL] * 3) + "." + "a" * 61
NOT_TEXT: tuple[object, ...] = (None, True, 1, 1.5, [], {}, ["a"])

BORDERS: Mapping[str, Border] = {
    # As backup.sh names its files.
    "the newest backup or one by its name": Border(
        ("newest", "forail-20260101T013000Z"),
        (
            *("", "Newest", "newest\n", "newest.sql.gz", "forail-20250101T013000Z.sql.gz", "forail-2026T01Z", "latest"),
            *("forail-20250101T013000", "forail-20250101T013000Z\n", "../forail-20250101T013000Z"),
        ),
    ),
    # As the engine's state stores name stacks.
    "a stack's name": Border(
        ("dev", "prod-eu_1.a", "0", "a" * 100),
        ("", "a" * 101, "a b", "a/b", "acme/forail/dev", "dev\n", "ä", *NOT_TEXT),
    ),
    # IsDNS1123Label
    "a DNS label": Border(("a", "a-b", "0a", LABEL), ("", LONG_LABEL, "a.b", "-a", "a-", "A", "a_b", "a\n", "ä", " a")),
    # What `Refusal.change` can be; the longest name in it is one of Forail's, of 512 characters.
    "a change as preview or up names it, such as 'postgres 15 -> 17'": Border(
        ("postgres 15 -> 17", "release a", f"organization {'ü' * 512} -> gone"),
        ("", "postgres", "postgres ", "Postgres 15 -> 17", "15 -> 17", " postgres 1", "postgres 1\n", "claim \x00"),
    ),
    # IsDNS1123Subdomain: the whole is limited, each label is not.
    "a DNS name": Border(
        ("a", "0", "a.b-c", LONG_LABEL, "a" * 208, ".".join([LABEL] * 3)),
        ("", "a" * 254, "A", "a_b", "-a", "a-", ".a", "a.", "a..b", "a.-b", "a b", "a\n", "ä"),
    ),
    # A kind of a CustomResourceDefinition, by convention with a capital.
    "the kind of an issuer": Border(
        ("Issuer", "AWSPCAClusterIssuer", "A", "A" * 63),
        ("", "issuer", "A" * 64, "A-b", "A b", "A.b", "Ä", "1A", "Issuer\n", *NOT_TEXT),
    ),
    # A claim that no other component can have.
    "a claim of the database server": Border(
        ("forail-postgres", "forail-postgres-1", "forail-postgres-16b", f"forail-postgres-{LABEL}"),
        (
            *("", "forail", "forail-redis", "forail-postgres16", "forail-postgres-A"),
            *("forail-postgres-a-", "forail-postgres--a", "forail-postgres-a\n", f"forail-postgres-{LONG_LABEL}"),
        ),
    ),
    # IsLabelKey
    "a Kubernetes key": Border(
        ("a", "A.b_c-1", LABEL, "example.com/a", f"{'a' * 253}/{LABEL}"),
        ("", LONG_LABEL, "/a", "a/", "a/b/c", "-a", "a-", "_a", "a b", "a\n", "ä", f"{'a' * 254}/b", "a_b.c/d"),
    ),
    # IsLabelValue
    "a label value": Border(("", "a", "A_b.c-1", LABEL), (LONG_LABEL, "-a", "a-", "a b", "a/b", "ä", "a\n", "\u0661")),
    # IsConfigMapKey
    "a key of a Secret": Border(
        ("a", ".a", "A_b.c-1", "a" * 253, "-"), ("", "a" * 254, ".", "..", "..a", "a b", "a/b", "a\n", "ä")
    ),
    # ParseQuantity, which lowers what is above 64 bits, and SetDefaults_ResourceList, which rounds up to thousandths.
    "an amount of bytes": Border(
        ("1024", "1Ki", "1.5Gi", "2M", "8191Pi", "9223372036854775807"),
        (
            *("", "0", "1023", "-1Gi", "+1Gi", "1 Gi", "1gi", "1GiB", "Gi", "1.", ".5Gi", "1Gi\n", "\u0661Gi", "NaN"),
            *("9223372036854775808", "8192Pi", "1.0000001Ki", "9" * 400, f"{'9' * 400}Ki", f"1.{'0' * 400}Ki", 1024),
        ),
    ),
    "an amount of cores": Border(
        ("1m", "0.001", "500m", "2", 2, 0.5, "9223372036854775"),
        (
            *(
                "",
                "0",
                "0m",
                "0.0001",
                "0.5m",
                "1.0005",
                "-1",
                " 1",
                "1\n",
                "1e3",
                "nan",
                "9223372036854776",
                "9" * 400,
            ),
            *(0, -1, True, 1e-7, float("nan"), float("inf"), 10**30, 10**400),
        ),
    ),
    # IsCIdentifier; names that the program sets itself are another test's.
    "a variable name": Border(("A", "_", "a1", "A" * 300), ("", "1A", "A-B", "A.B", "A=B", "A B", "A\n", "Ä")),
    "a host name": Border(
        ("a", "forail.lan", "1.a", f"{LABEL}.a", NAME_OF_253),
        (
            *("", f"{LONG_LABEL}.a", f"{NAME_OF_253}a", "a..b", ".a", "a.", "-a.b", "a-.b", "a_b.c", "A.b", "ä.de"),
            *("a b", "a\n", "a/b", "a:1", "a@b", "*", "*.a", "1.2.3.4", "a.1", "a.0x1\n", "::1", "http://a"),
        ),
    ),
    "a host name or IPv4 address": Border(
        ("a", "db.example.com", "10.0.0.1", "255.255.255.255", NAME_OF_253),
        ("", "a..b", ".a", "A", f"{LONG_LABEL}.a", "10.0.0", "10.0.0.256", "10.0.0.01", "a.1", "a:5432", "a/b", "::1"),
    ),
    # As Go's netip.ParsePrefix and nginx read them alike: a length without leading zero, nothing behind it, no zone.
    "a network": Border(
        ("0.0.0.0/0", "10.0.0.0/8", "192.0.2.7/32", "::/0", "2001:DB8::/32", "::1/128", "2001:db8:0:0:0:0:0:1/128"),
        (
            *("", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/255.0.0.0"),
            *("10.0.0.1/8", "10.0.0/8", "010.0.0.0/8", "2001:db8::/129", "2001:db8::1/32", "fe80::1%eth0/128", "/8"),
            *("10.0.0.0/8\n", " 10.0.0.0/8", "10.0.0.0/8,10.1.0.0/16", "a/8", "10.0.0.0/\u0668"),
        ),
    ),
    "an IP address": Border(
        ("192.0.2.10", "255.255.255.255", "2001:db8::10", "::"),
        (
            *("", "192.0.2", "192.0.2.256", "192.0.2.010", "192.0.2.1/32", "2001:db8:::1", "fe80::1%eth0", "a"),
            *("[::1]", "192.0.2.10\n", " ::1"),
        ),
    ),
    "an address such as https://forail.example.com": Border(
        ("http://a", "https://a.b:1", "https://a:65535", "http://10.0.0.1:8013", f"https://{NAME_OF_253}"),
        (
            *("", "a", "ftp://a", "HTTP://a", "http://", "http://a/", "http://a?b", "http://a#b", "http://u@a"),
            *("http://a:", "http://a:0", "http://a:65536", "http://a:99999", "http://a:123456", "http://a:b"),
            *("http://a..b", "http://.a", "http://a.", "http://-a", "http://a_b", f"http://{LONG_LABEL}.a", "http://A"),
            *("http://10.0.0.256", "http://1", "http://a b", "http://a\n", "http://a:1:2", "http://\u0661", "//a"),
        ),
    ),
    "an OTLP endpoint": Border(
        ("http://a:1", "https://a.b:65535", "http://10.0.0.1:4317"),
        (
            "http://a",
            "http://a:0",
            "http://a:65536",
            "http://a:70000",
            "http://a..b:1",
            "grpc://a:1",
            "http://a:1/",
            "",
        ),
    ),
    "the https:// address of a chart repository": Border(
        ("https://a", "https://a.b:8443/charts/x", "https://a/"),
        (
            "http://a",
            "https://u:p@a",
            "https://a:65536/",
            "https://a..b/",
            "https://a/b c",
            "https:///a",
            "https://a?b",
        ),
    ),
    "a path such as ./charts/operator, an oci:// reference, or a chart's name": Border(
        ("./a", "/a", "../a", "oci://a.b:5000/c", "chart-1"),
        ("", "A chart", "oci://", "oci://a..b/c", "oci://a:65536/b", "a b", "./a b", "https://a"),
    ),
    # semver.org
    "an exact version such as 2026.7.1": Border(
        ("0.0.0", "1.2.3", "1.2.3-rc.1+build.05"),
        ("1.2", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "v1.2.3", "", "^1.2.3"),
    ),
    # distribution's reference: names of 255 characters with their registry, no 64 hexadecimal digits.
    "an image repository": Border(
        (
            "a",
            "a/b",
            "localhost/a",
            "localhost:5000/a",
            "example.com:65535/a/b__c-d.e",
            "a--b/c",
            f"{'a' * 63}.b/{'f' * 64}g",
        ),
        (
            *("", "A", "a/", "/a", "a//b", "a.-b", "a___b", "a..b", "a..b/c", "example.com:65536/a", "example.com:/a"),
            *(
                "ex_ample.com/a",
                "a:1",
                "a@b",
                "a b",
                "a\n",
                "f" * 64,
                "a" * 256,
                "-a.b/c",
                "https://a/b",
                f"{LONG_LABEL}.b/c",
            ),
        ),
    ),
    "a registry prefix": Border(
        ("a.b", "a.b:5000", "localhost", "localhost:1/mirror", "a.b/c/d__e", "A.b/c"),
        (
            "",
            "a",
            "a/b",
            "a..b",
            "a.b/",
            "a.b/C",
            "a.b:65536",
            "a.b:",
            "https://a.b",
            "a_b.c/d",
            f"a.b/{'c' * 252}",
            "a.b\n",
        ),
    ),
    "a registry host": Border(
        ("a", "a.b", "a.b:65535", "10.0.0.1:5000", "A.b"),
        ("", "a/b", "https://a", "a:65536", "a..b", "a:", "a b", "a\n", "a_b"),
    ),
    "an image tag": Border(
        ("a", "_a", "1.2-3_4", "a" * 128), ("", "a" * 129, "-a", ".a", "a:b", "a@b", "a b", "a/b", "a\n", "ä")
    ),
    "an image digest": Border(
        (f"sha256:{'0' * 64}",),
        ("", "sha256:", f"sha256:{'0' * 63}", f"sha256:{'0' * 65}", f"sha256:{'A' * 64}", f"md5:{'0' * 32}"),
    ),
    # PostgreSQL's NAMEDATALEN: 63 bytes.
    "a Postgres name": Border(("a", "_", "a1_", "a" * 63), ("", "a" * 64, "1a", "a b", 'a"', "ä", "a\n", "a'")),
    # robfig/cron's parser, as batch's validation calls it.
    "a cron schedule": Border(
        (
            *("* * * * *", "0 0 * * 0-6", "59 23 31 12 6", "*/15 0-6/2 1,15 JAN-Mar MON", "? ? ? ? ?", "5/10 * * * *"),
            *("0 0 29 2 *", "0 0 31 2 1", "0 0 31 1,2 *", "0\t0  * * *", " 0 0 * * * \n", "@hourly", "@midnight"),
        ),
        (
            *("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *"),
            *("* * * 13 *", "* * * * 7", "* * * * mon-sun", "1-a * * * *", "*/0 * * * *", "*/ * * * *", "5-1 * * * *"),
            *(
                "1--2 * * * *",
                "1-2-3 * * * *",
                "1/2/3 * * * *",
                ", * * * *",
                "1,,2 * * * *",
                "1, * * * *",
                "-1 * * * *",
            ),
            *(
                "+1 * * * *",
                "jan * * * *",
                "* * L * *",
                "* * 1W * *",
                "* * * * 1#2",
                "H * * * *",
                "@DAILY",
                "@daily ",
                "@reboot",
            ),
            *(
                "@every 1h",
                "TZ=UTC 0 0 * * *",
                "CRON_TZ=UTC 0 0 * * *",
                "0 0 30 2 *",
                "0 0 31 4,6,9,11 ?",
                "0 0 31 2 */1",
            ),
            *(f"0{blank}0 * * *" for blank in "\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2003\0"),
        ),
    ),
    "a user name": Border(("a", "a@b.c", "a" * 150), ("", "a:b", "a" * 256, "a\nb", "a\0")),
    "a token's name": Border(("a", "0", "a-b", "a" * 40), ("", "-a", "a-", "a" * 41, "A", "a_b", "a\n")),
    "an e-mail address": Border(
        ("a@b.co", f"a@{LABEL}.com", "a@localhost", f"{'a' * 248}@b.com"),
        ("", "a", "@b.co", "a@b", "a@b..co", f"a@{LONG_LABEL}.com", "a b@c.de", f"{'a' * 249}@b.com"),
    ),
    # ValidateReleaseName of Helm 3.
    "a Helm release": Border(
        ("a", "0", "a-b.c", "a" * 53), ("", "a" * 54, "A", "a_b", "-a", "a-", ".a", "a.", "a..b", "a\n", "ä", "a b")
    ),
    "a service name": Border(("a", "a" * 100), ("", "a" * 101, "a b", "a\n", "ä")),
    "a share": Border(
        ("0", "1", "0.5", "1.0", 1, 0.25), ("", "-0.1", "1.1", "2", "0.", ".5", "nan", "1e-3", "0,5", float("nan"))
    ),
    # A NUL ends a variable; everything else but nothing reaches rclone as it is.
    "text that is not empty": Border(("a", " ", "a\nb", "ä", "a" * 32768), ("", "a" * 32769)),
    "a backend of rclone": Border(
        ("s3", "gcs", "azureblob", "sftp"), ("", "S3", "s3 ", "s3\n", "local", "crypt", "google cloud storage", "s33")
    ),
    "an option of rclone": Border(
        ("a", "2fa", "access_key_id", "a" * 63), ("", "_a", "a-b", "A", "a b", "a\n", "ä", "a.b", "a" * 64)
    ),
    "a path in the store": Border(
        ("a", "a/b", "/a", "a b", "..a/b", "ä", ".a"),
        ("", "/", "//a", "a/", "a//b", ".", "..", "../a", "a/..", "a/./b", "a\n", "a\0"),
    ),
    "a model": Border(
        ("gemma3", "gemma3:1b", "hf.co/a/b-GGUF:Q4_K"),
        ("", "a b", "a:", ":a", "a//b", "a/", "/a", "a:b:c", "a" * 201, "a\n"),
    ),
    "a path prefix": Border(
        ("/a", "/api-2", "/assistant"), ("", "a", "/", "/a/b", "/A", "/api", "/static", "/a\n", "//a")
    ),
    # What a store's provider makes of it is the provider's business.
    "a name in the store, on one line": Border(
        ("a", "secret/data/forail", "projects/1/secrets/a", "a b", "ä", "a" * 512),
        ("", "a" * 513, "a\n", "a\tb", "\0", *NOT_TEXT),
    ),
    "a secret's key": Border(("postgresPassword", "A"), ("", "a b", "a.b", "a1", "a\n", "ä", "a" * 65)),
    # time.ParseDuration, which takes more; what the controller cannot read stops it for all ExternalSecrets.
    "a duration": Border(
        ("0s", "1h", "10m", "90s", "1h0m0s", "24h30m", "9999h"),
        ("", "1", "h", "1d", "-1h", "1.5h", "1m1h", "1h ", "1h\n", "1H", "10000h", "1ms", *NOT_TEXT),
    ),
    "a name of 1 to 512 characters on one line": Border(("a", "ä", "a" * 512), ("", "a" * 513, "a\nb", "a\tb", "\0")),
    "a stack's full name": Border(
        ("a/b/c", "A.b/c_d/e-f"), ("", "a", "a/b", "a/b/c/d", "/b/c", "a//c", "a/b/", "a b/c/d")
    ),
    "a kubeconfig context": Border(("a", "arn:aws:eks:eu/x", "a b", "ä"), ("", "a\nb", "a\0", "a\x7f")),
    "a proxy's address such as http://proxy.example.com:3128": Border(
        ("http://proxy.example.com:3128", "https://10.0.0.1:8080", "http://edge:1", "http://edge:65535"),
        (
            *(
                "",
                "edge:3128",
                "http://edge",
                "http://edge:0",
                "http://edge:65536",
                "http://edge:3128/",
                "http://:1",
            ),
            *("http://a@edge:3128", "http://a:b@edge:3128", "socks5://edge:1080", "http://Edge:3128", "//edge:1"),
            *(
                "HTTP://edge:3128",
                " http://edge:3128",
                "http://edge:3128\n",
                "http://[::1]:3128",
                "http://edge:1?a",
            ),
        ),
    ),
    # What Go, requests, curl and urllib all read alike, and address ranges, which urllib takes for names.
    "a host name, .domain, IP address or range": Border(
        *(("a", ".a.b", "a.b:8080", "10.0.0.1", "10.0.0.0/8", "fd00::/8", "::1", NAME_OF_253),),
        ("", ".", "a,b", "a b", "a\n", "*", "*.a", "http://a", "a/b", "10.0.0.1/8", "10.0.0.256", "A.b", "a..b", "a:0"),
    ),
    "a user of the proxy": Border(("a", "a:b", "a\\b", "ä", "a" * 255), ("", "a" * 256, "a\n", "a\tb", "\0")),
    "certificates as PEM": Border((), ("", "a", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")),
    "one line of text": Border(("a", " ", "ä", "a" * 1000), ("", "a" * 1001, "a\nb", "a\tb", "\0")),
    "a claim of the token": Border(("a", "sub", "urn:a.b-c_d", "a" * 100), ("", "a" * 101, "a b", "a/b", "ä", "a\n")),
    "the issuer's URL": Border(
        ("https://a.lan", "https://a.lan:8080/realms/acme", "https://a/", "https://10.0.0.1"),
        (
            "",
            "a.lan",
            "ftp://a",
            "http://a.lan",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://A",
            "https://a:0",
            "https://a\n",
        ),
    ),
    "a URL": Border(
        ("https://a.lan", "http://a.lan:8080/b/c?d=e", "https://a/", "https://10.0.0.1"),
        (
            "",
            "a.lan",
            "ftp://a",
            "https://a#b",
            "https://u:p@a",
            "https://A",
            "https://a:0",
            "https://a/ b",
            "https://a\n",
        ),
    ),
    "an LDAP URL": Border(
        ("ldaps://a.lan", "ldap://a", "ldaps://10.0.0.1:636"),
        ("", "a.lan", "https://a", "ldaps://a/", "ldaps://a,ldaps://b", "ldap://u:p@a", "ldap://a:65536", "ldap://a\n"),
    ),
    # RFC 4514, without the forms in hexadecimal.
    "a distinguished name": Border(
        ("dc=a", "ou=A B,dc=example, dc=com", "cn=a\\,b,dc=c", "2.5.4.3=x", "cn=a=b", "cn=ä"),
        ("", "a", "=a", "cn=", "cn=a,", ",cn=a", "cn=a,b", "cn=a\n", "cn=a\\"),
    ),
    "a distinguished name with %(user)s": Border(
        ("uid=%(user)s,dc=a", "cn=%(user)s"), ("", "uid=a,dc=b", "%(user)s", "a=%(user)s,", "uid=%user,dc=a")
    ),
    "a bind name": Border(
        ("cn=a,dc=b", "CORP\\svc-forail", "svc@corp.example.com"), ("", "svc", "svc@", "1\\a", "a\\", "svc@corp", "cn=")
    ),
    "a group's distinguished name, or everyone": Border(
        ("everyone", "cn=ops,dc=a"), ("", "Everyone", "everybody", "ops", "cn=", "cn=a\n")
    ),
    # As the backend's own check.
    "an LDAP filter": Border(
        ("(a=b)", "(objectClass=*)", "(&(a=b)(c=d))", "(|(a=b)(!(c=d)))", "(!(a=b))"),
        ("", "a=b", "(a)", "(a=)", "(a=b", "(a=b)(c=d)", "(&a=b)", "(a=b)\n", "(a=(b))"),
    ),
    "an LDAP filter with %(user)s": Border(
        ("(uid=%(user)s)", "(mail=%(user)s@a)", "(&(objectClass=user)(sAMAccountName=%(user)s))"),
        ("", "(uid=a)", "a=%(user)s", "%(user)s", "(a=%(user)s", "(a=%(user))"),
    ),
    "an attribute": Border(("a", "sn", "a-1", "a" * 100), ("", "a" * 101, "1a", "-a", "a_b", "a b", "ä", "a\n")),
    "a short name": Border(("a", "0", "A_b-c", "a" * 64), ("", "a" * 65, "a b", "a.b", "a/b", "ä", "a\n")),
    "a user name, an e-mail address, a regular expression between slashes, or everyone": Border(
        ("everyone", "ann", "ann@example.com", "/a.*/", "/^a$/im", "//"), ("", "/(/", "/[/i", "a" * 1001)
    ),
    "true or false": Border((True, False), ("true", "yes", "", 0, 1, None, [], {})),
}
